"""Tests of lrdoctor.measurement.signs."""
