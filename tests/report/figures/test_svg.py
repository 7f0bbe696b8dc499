"""matplotlib's SVG made fit for a page."""

import re

from lrdoctor.report.figures import svg

WRITTEN = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "x" "y">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt" viewBox="0 0 9.123 9" xmlns="http://www.w3.org/2000/svg">
 <metadata><x>matplotlib</x></metadata>
 <defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
 <g id="unused"><path id="m1" d="M 0.123456 3.999999
L 10.5 -0.01
z
" style="stroke: #112233"/></g>
 <use xlink:href="#m1" x="1.25" y="2"/>
 <text style="font-size: 9px;font-family: 'A', serif; text-anchor: end" transform="rotate(-0 1 2)" x="1">a &lt; b</text>
</svg>
"""


def embedded() -> str:
    return svg.embedded(WRITTEN, prefix="r1-", label='a "b" <c> & d')


def test_only_the_element_is_left_with_a_name_and_no_size() -> None:
    text = embedded()
    assert text.startswith(
        '<svg viewBox="0 0 9.123 9" font-family="sans-serif" font-size="11.5" role="img" aria-label="a'
    )
    assert 'aria-label="a &quot;b&quot; &lt;c> &amp; d"' in text
    for gone in ("<?xml", "DOCTYPE", "metadata", "<style", "width=", "'A'", "rotate", "style="):
        assert gone not in text


def test_ids_are_prefixed_and_unused_ones_gone() -> None:
    assert re.findall(r'id="([^"]*)"', embedded()) == ["r1-m1"]
    assert 'href="#r1-m1"' in embedded()


def test_numbers_are_short_and_styles_are_attributes() -> None:
    assert 'd="M0.1 4L10.5 0z"' in embedded()
    assert 'stroke="#112233"' in embedded()


def test_text_stays_text_with_its_alignment() -> None:
    assert re.search(r'<text text-anchor="end"\s+x="1">a &lt; b</text>', embedded())


def test_an_artists_name_becomes_data_for_the_script() -> None:
    text = svg.embedded(
        '<svg viewBox="0 0 1 1"><g id="line|loss|training loss"><path d="M 1 1"/></g></svg>', prefix="a-", label=""
    )
    assert '<g data-k="line" data-p="loss" data-a="training loss">' in text


def test_marks_of_one_colour_say_it_once() -> None:
    mark = '<use xlink:href="#m" x="{}" y="2" style="fill: #112233; stroke: #112233"/>'
    marks = "\n".join(mark.format(x) for x in range(4))
    text = f'<svg viewBox="0 0 9 9"><defs><path id="m" d="M 0 0"/></defs><g clip-path="url(#p)">\n{marks}\n</g></svg>'
    made = svg.embedded(text, prefix="a-", label="")
    assert '<g clip-path="url(#a-p)" fill="#112233" stroke="#112233">' in made
    assert made.count("#112233") == 2
    other = text.replace("#112233", "#445566", 1)
    assert svg.embedded(other, prefix="a-", label="").count("#112233") == 7, "of several colours each says its own"
