"""report.json: sections beside each other, of this build only, and the figures that follow from them."""

import json

from binloom.sim import record

MANIFEST = {
    "name": "net",
    "binloom": "0",
    "timing": {"cycles_per_frame": 200, "latency_last": {"y": 250}, "bottleneck": "conv"},
    "ops": [
        {"name": "x", "op": "Input", "cycles": 100, "span": [0, 99]},
        {"name": "conv", "op": "Conv", "cycles": 200, "span": [10, 250]},
    ],
}
VERIFIED = {
    "equal": True,
    "measured": {"cycles_per_frame": 190, "latency": 240},
    "ops": {"conv": {"cycles": 190, "first": 10, "last": 240}},
}
AREA = {"lut": 7, "ff": 8, "bram": 0, "dsp": 1, "spram": 0}
ROUTED = {
    "clock_mhz": {"min": 90.0, "median": 95.0, "max": 100.0},
    "target": "ulx3s-85f",
    "device": "ecp5-85f",
    "tools": {"yosys": "0.70"},
    "ops": {"conv": AREA},
    **{**AREA, "lut": 9},
}
ESTIMATE = {
    "clock_mhz": 80.0,
    "target": "ulx3s-85f",
    "device": "ecp5-85f",
    "ops": {"conv": {**AREA, "lut": 6}},
    **{**AREA, "lut": 6},
}
NOTHING = dict.fromkeys(record.AREA)


def folder_with(path, manifest=MANIFEST):
    (path / "manifest.json").write_text(json.dumps(manifest))
    return path


def test_what_was_predicted_until_it_is_measured(tmp_path):
    made = record.write(folder_with(tmp_path), MANIFEST)
    assert (made["frames_per_second"], made["clock_mhz"], made["lut"], made["board"]) == (None, None, None, None)
    made = record.write(tmp_path, MANIFEST, routed=ROUTED)
    assert (made["cycles_per_frame"], made["latency_cycles"], made["cycles_are"]) == (200, 250, "predicted")
    assert made["frames_per_second"] == 500_000
    assert made["measured"]["frames_per_second"] is None  # of its cycles nothing is measured
    made = record.write(tmp_path, MANIFEST, verification=VERIFIED)
    assert (made["cycles_per_frame"], made["latency_cycles"], made["cycles_are"]) == (190, 240, "measured")
    assert made["frames_per_second"] == made["measured"]["frames_per_second"] == round(100e6 / 190)
    assert (made["board"], made["lut"], made["routed"]) == ("ulx3s-85f", 9, ROUTED)
    assert json.loads((tmp_path / "report.json").read_text()) == made


def test_each_op_as_predicted_and_as_measured(tmp_path):
    made = record.write(folder_with(tmp_path), MANIFEST, estimate=ESTIMATE)
    assert made["predicted"]["clock_mhz"] == {"min": 80.0, "median": 80.0, "max": 80.0}
    assert made["frames_per_second"] == made["predicted"]["frames_per_second"] == 400_000
    made = record.write(tmp_path, MANIFEST, routed=ROUTED, verification=VERIFIED)
    image, conv = made["ops"]
    assert conv == {
        "name": "conv",
        "op": "Conv",
        "frames_per_second": round(100e6 / 190),
        "cycles_per_frame": 190,
        "latency_cycles": 240,
        **AREA,
        "predicted": {"cycles_per_frame": 200, "latency_cycles": 250, **AREA, "lut": 6},
        "measured": {"cycles_per_frame": 190, "latency_cycles": 240, **AREA},
    }
    assert image["measured"] == {"cycles_per_frame": None, "latency_cycles": None, **dict.fromkeys(record.AREA, 0)}


def test_a_design_counted_as_a_whole_has_no_area_an_op(tmp_path):
    made = record.write(folder_with(tmp_path), MANIFEST, routed={**ROUTED, "ops": {}})
    assert [op["measured"] for op in made["ops"]] == 2 * [{"cycles_per_frame": None, "latency_cycles": None, **NOTHING}]
    assert made["lut"] == 9


def test_a_design_that_is_not_equal_has_no_measured_speed(tmp_path):
    wrong = {"equal": False, "measured": VERIFIED["measured"], "ops": {}}
    made = record.write(folder_with(tmp_path), MANIFEST, verification=wrong)
    assert made["cycles_are"] == "predicted"
    assert made["measured"]["cycles_per_frame"] is None


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
