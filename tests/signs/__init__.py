"""Tests of lrdoctor.signs."""
