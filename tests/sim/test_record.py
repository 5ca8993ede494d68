"""report.json: sections beside each other, of this build only, and the figures that follow from them."""

import json

from binloom.sim import record

MANIFEST = {
    "name": "net",
    "binloom": "0",
    "timing": {"cycles_per_frame": 200, "latency_last": {"y": 250}},
    "ops": [{"name": "x", "cycles": 100}, {"name": "conv", "cycles": 200}],
}
VERIFIED = {"equal": True, "measured": {"cycles_per_frame": 190, "latency": 240}}
ROUTED = {
    "clock_mhz": {"min": 90.0, "median": 95.0, "max": 100.0},
    "target": "ulx3s-85f",
    "device": "ecp5-85f",
    "tools": {"yosys": "0.70"},
    "ops": {"conv": {"lut": 7, "ff": 8, "bram": 0, "dsp": 1}},
    **{"lut": 9, "ff": 8, "bram": 0, "dsp": 1},
}


def folder_with(path, manifest=MANIFEST):
    (path / "manifest.json").write_text(json.dumps(manifest))
    return path


def test_what_was_predicted_until_it_is_measured(tmp_path):
    made = record.write(folder_with(tmp_path), MANIFEST, routed=ROUTED)
    assert (made["cycles_per_frame"], made["latency_cycles"], made["cycles_are"]) == (200, 250, "predicted")
    assert made["frames_per_second"] == 500_000
    assert made["ops"] == [{"name": "x", "cycles": 100}, {"name": "conv", "cycles": 200, **ROUTED["ops"]["conv"]}]
    made = record.write(tmp_path, MANIFEST, verification=VERIFIED)
    assert (made["cycles_per_frame"], made["latency_cycles"], made["cycles_are"]) == (190, 240, "measured")
    assert made["frames_per_second"] == round(100e6 / 190)
    assert (made["board"], made["lut"], made["routed"]) == ("ulx3s-85f", 9, ROUTED)
    assert json.loads((tmp_path / "report.json").read_text()) == made


def test_a_design_that_is_not_equal_has_no_measured_speed(tmp_path):
    wrong = {"equal": False, "measured": VERIFIED["measured"]}
    assert record.write(folder_with(tmp_path), MANIFEST, verification=wrong)["cycles_are"] == "predicted"


def test_what_was_found_out_about_another_build_is_forgotten(tmp_path):
    record.write(folder_with(tmp_path), MANIFEST, routed=ROUTED)
    assert list(record.read(tmp_path)) == ["routed"]
    folder_with(tmp_path, {**MANIFEST, "name": "other"})
    assert record.read(tmp_path) == {}


def test_a_report_that_is_none_is_no_hindrance(tmp_path):
    folder_with(tmp_path)
    for text in ("", "[]", "{"):
        (tmp_path / "report.json").write_text(text)
        assert record.read(tmp_path) == {}
