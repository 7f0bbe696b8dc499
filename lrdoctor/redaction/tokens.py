"""What a value looks like: the shapes of keys and tokens, whatever the setting is called.

A shape is a prefix that its issuer documents and enough of what is random behind it, so that `hf_hub/bert`,
`sk-resnet50` and `npm_run` stay.
"""

import re

from lrdoctor.redaction.marker import HIDDEN

_START = r"(?<![A-Za-z0-9])"
# No ordinary name begins so and goes on so.
_PREFIXES = (
    # AWS, Alibaba, Tencent
    r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|LTAI)(?=[A-Z0-9]{12,124}(?![A-Za-z0-9]))",
    r"AKID(?=[A-Za-z0-9]{28})",
    # Google, Firebase
    r"AIza(?=[\w-]{30})",
    r"ya29\.(?=[\w-]{16})",
    r"GOCSPX-(?=[\w-]{16})",
    r"1//0(?=[\w-]{20})",
    # GitHub, GitLab, Bitbucket, Atlassian
    r"gh[oprsu]_(?=[A-Za-z0-9]{16})",
    r"github_pat_(?=\w{16})",
    r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas)-(?=[\w-]{16})",
    r"AT[AC]TT3(?=[\w=-]{16})",
    r"ATBB(?=\w{24})",
    # Slack
    r"xox[a-z](?:\.xox[a-z])?-(?=[\w-]{10})",
    r"xapp-\d-(?=[\w-]{8})",
    # OpenAI, Anthropic, OpenRouter, LangFuse, LangSmith
    r"sk-ant-(?=[\w-]{12})",
    r"sk-(?:proj|svcacct|admin|None|or-v1|lf|test|live)-(?=[\w-]{16})",
    r"sess-(?=[A-Za-z0-9]{32})",
    r"ls(?:v2_(?:pt|sk)_|__)(?=\w{16})",
    # Groq, xAI, Perplexity, Replicate, RunPod, Together, NVIDIA, Tavily
    r"(?:gsk_|xai-|pplx-|r8_|rpa_)(?=[A-Za-z0-9]{20})",
    r"(?:tgp_v1_|nvapi-|tvly-)(?=[\w-]{16})",
    # Hugging Face's organizations, Kaggle, W&B and its local servers
    r"api_org_(?=[A-Za-z0-9]{20})",
    r"KGAT_(?=\w{16})",
    r"wandb_v\d_(?=\w{16})",
    r"local-(?=[0-9a-f]{40})",
    # Databricks, DigitalOcean, Docker, HashiCorp, Doppler, Pulumi, Tailscale, PlanetScale, Supabase, Heroku
    r"dapi(?=[0-9a-f]{32})",
    r"do[opr]_v1_(?=[A-Za-z0-9]{16})",
    r"dckr_(?:pat|oat)_(?=[\w-]{16})",
    r"(?:hv[bsr]|atlasv1)\.(?=[\w-]{16})",
    r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?=[\w.-]{16})",
    r"(?:pul-|sbp_|rubygems_)(?=[0-9a-f]{32})",
    r"tskey-(?=[\w-]{12})",
    r"pscale_\w{2,5}_(?=[\w.-]{16})",
    r"HRKU-(?=[\w-]{16})",
    # npm, PyPI
    r"npm_(?=[A-Za-z0-9]{20})",
    r"pypi-(?=AgE[\w-]{12}|[\w-]{40})",
    # Stripe, Square, Shopify, SendGrid, Brevo, Twilio, Mailgun
    r"[rsp]k_(?:live|test|prod)_(?=\w{10})",
    r"whsec_(?=[\w+/=]{16})",
    r"sq0[a-z]{3}-(?=[\w-]{16})",
    r"shp(?:at|ca|pa|ss)_(?=[A-Za-z0-9]{16})",
    r"SG\.(?=[\w-]{10,80}\.[\w-]{10})",
    r"xkeysib-(?=[\w-]{16})",
    r"(?:SK|AC)(?=[0-9a-f]{32}(?![A-Za-z0-9]))",
    r"key-(?=[0-9a-f]{32}(?![A-Za-z0-9]))",
    # Sentry, Grafana, New Relic, Postman, Linear, Notion, Figma, 1Password
    r"sntry[su]_(?=[\w+/=-]{16})",
    r"gl(?:s[ac]|c)_(?=[\w+/=]{16})",
    r"(?:NRAK|PMAK)-(?=[\w-]{16})",
    r"lin_api_(?=\w{16})",
    r"ntn_(?=[A-Za-z0-9]{20})",
    r"figd_(?=[\w-]{16})",
    r"ops_eyJ",
    # JSON in base64: JSON Web Tokens, Neptune's keys
    r"eyJ(?=[A-Za-z0-9_-]{16})",
    # age
    r"AGE-SECRET-KEY-1(?=\w{16})",
)
_PREFIXED = re.compile(rf"{_START}(?:{'|'.join(_PREFIXES)})[\w.~+/=-]*[\w=-]")
# Ordinary names begin so too: what follows has to look drawn.
_LIKELY = re.compile(rf"{_START}((?:sk|hf|fw|ak|as|jina|exa|e2b|rf|secret|bkua|pat)[-_])([A-Za-z0-9][\w.-]*)")
_PRIVATE_KEY = (
    r"-----BEGIN[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"[^-]*+(?:-(?!----END)[^-]*+)*+(?:-----END[A-Z0-9 ]{0,40}-----)?"
)
# Each with what it cannot be without.
_SHAPES = (
    (":AA", re.compile(rf"{_START}\d{{8,10}}:AA[\w-]{{30,}}")),  # Telegram's bots
    (".", re.compile(rf"{_START}[MNO][\w-]{{22,28}}\.[\w-]{{6}}\.[\w-]{{25,}}")),  # Discord's
    ("Q~", re.compile(rf"{_START}[A-Za-z0-9_~.]{{3}}[78]Q~[\w~.-]{{28,}}")),  # Entra ID's clients
    ("-us", re.compile(rf"{_START}[0-9a-f]{{32}}-us\d{{1,2}}(?![A-Za-z0-9])")),  # Mailchimp
    ("==", re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==")),  # Azure's storage accounts
    ("PRIVATE KEY", re.compile(_PRIVATE_KEY)),
)
_SCHEME = re.compile(r"\b(bearer|basic|token|digest)([ \t]{1,9}|%20)([\w.~+/=-]{6,})", re.IGNORECASE)
_PIECE = re.compile(r"[A-Za-z0-9]+")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CHARACTERS = re.compile(r"[\w+/=.~-]+")
_OF_ONE_KIND = re.compile(r"[a-z]+|[A-Z]+|\d+")
SHORTEST = 12
LONGEST_RANDOM = 4_096
WORDY = 3.2  # letters a run; words have five or so, what is drawn changes its kind at every other character


def without_tokens(text: str) -> str:
    """A text without what has the shape of a key or token.

    >>> without_tokens("run_hf_" + 17 * "aB"), without_tokens("sk-resnet50 of hf_hub/bert by sk-learn")
    ('run_(not shown)', 'sk-resnet50 of hf_hub/bert by sk-learn')
    """
    if len(text) < SHORTEST:
        return text
    for needle, shape in _SHAPES:
        if needle in text:
            text = shape.sub(HIDDEN, text)
    lower = text.lower()
    if any(scheme in lower for scheme in ("bearer", "basic", "token", "digest")):
        text = _SCHEME.sub(_after_scheme, text)
    return _LIKELY.sub(_likely, _PREFIXED.sub(HIDDEN, text))


def looks_random(value: str) -> bool:
    """Whether a value, of a setting that may be a key, looks drawn: long, letters and digits mixed, no path or UUID.

    >>> [looks_random(value) for value in ("9f8Kq2LmZ81xTb3Y", "0123456789abcdef" * 2, "input_ids", "c4/en/3.0.1")]
    [True, True, False, False]
    """
    value = value.strip()
    if not 16 <= len(value) <= LONGEST_RANDOM or not _CHARACTERS.fullmatch(value) or _UUID.fullmatch(value):
        return False
    if not any(c.isdigit() for c in value):
        return False
    runs = _OF_ONE_KIND.findall(value)
    return bool(_HEX.fullmatch(value)) or sum(map(len, runs)) < WORDY * len(runs)


def _likely(found: re.Match[str]) -> str:
    return HIDDEN if any(_drawn(piece) for piece in _PIECE.findall(found[2])) else found[0]


def _drawn(piece: str) -> bool:
    """Whether letters and digits without a break are hardly a name: the more kinds are mixed, the fewer it takes."""
    kinds = sum(any(map(is_kind, piece)) for is_kind in (str.islower, str.isupper, str.isdigit))
    return len(piece) >= {1: 32, 2: 20}.get(kinds, 14)


def _after_scheme(found: re.Match[str]) -> str:
    scheme, gap, value = found.groups()
    bearer = scheme.lower() == "bearer" and (len(value) >= 20 or any(c.isdigit() for c in value))
    encoded = scheme.lower() == "basic" and value.endswith("=")
    return f"{scheme}{gap}{HIDDEN}" if bearer or encoded or looks_random(value) else found[0]
