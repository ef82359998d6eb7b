"""The findings, before anything is opened: the counts, the rows of findings, and the search for them."""

import pytest
from convparity.report.formats.html import filled
from convparity.report.formats.payload import payload

PORT = "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3, strides=2)])"
SAME_ON_8 = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]


def test_a_finding_shows_its_ids_and_its_port(mixed_run, opened):
    first, second = opened(mixed_run).page.locator(".findings li").all()
    assert first.locator(".ids").inner_text() == "layer-3-stride"
    assert first.locator(".port").inner_text() == f"✓ port {PORT}"
    assert second.locator(".port").inner_text() == "Port: not run"


def test_a_port_names_its_environment_where_the_environments_have_different_ones(run, opened):
    case = run.case(id="case")
    for label, adapter, port in (("keras", "tensorflow", PORT), ("torch", "torch", "a_port_of_torch()")):
        run.environment(label, adapter)
        run.reads(label, case, SAME_ON_8, SAME_ON_8)
        run.agrees(label, case, spelling="port", source=port)
    rows = opened(run).page.locator(".findings li")
    assert rows.count() == 1
    assert rows.first.locator(".port").inner_text() == f"✓ port in keras {PORT}"


def test_the_ids_of_a_finding_are_below_its_title_however_long_the_cause_is(run, opened):
    label, case = run.environment("torch"), run.case(id="case")
    run.observed(label, case, outcome="raised", error=f"ValueError: {'a long reason ' * 30}")
    row = opened(run, 1400).page.locator(".findings li").first
    title, ids = (row.locator(path).bounding_box() for path in (".example a", ".ids"))
    assert row.bounding_box()["height"] > 60
    assert ids["y"] - (title["y"] + title["height"]) < 5


def test_an_expectation_that_only_repeats_the_cause_is_not_shown_twice(run, opened, tmp_path):
    label, case = run.environment("torch"), run.case(id="case")
    run.observed(label, case, outcome="inexpressible", reason="there is no word")
    made = payload(run.report())
    made["findings"][0]["waived"] = True
    made["cells"]["waived"] = {"values": ["there is no word"], "of": [0]}
    tab = opened(run)
    tab.path.write_text(filled(made))
    tab.page.reload()
    tab.page.locator("details.waived summary").click()
    assert tab.page.locator(".findings li").inner_text().lower().count("there is no word") == 1


def test_a_finding_names_four_of_its_layers_and_the_number_of_the_others(run, opened):
    label = run.environment("torch")
    for n in range(7):
        run.observed(label, run.case(id=f"case-{n}", batch=n + 1), outcome="raised", error="ValueError: no")
    tab = opened(run)
    assert tab.page.locator(".findings .ids").inner_text() == "case-0, case-1, case-2, case-3 and 3 more"


@pytest.mark.parametrize("where", [".cause", ".who", ".port", ".ids", ".what"])
def test_a_finding_opens_wherever_it_is_clicked(mixed_run, opened, where):
    tab = opened(mixed_run)
    tab.page.locator(".findings li").first.locator(where).click()
    assert tab.detail.get_by_role("heading", level=2).inner_text() == "3x3, stride 2, padding 1 on 8x8"
    assert tab.hash == "#case=layer-3-stride&env=keras"
    assert tab.page.locator(".findings li.open").count() == 1


def test_a_finding_is_opened_from_the_keyboard(mixed_run, opened):
    tab = opened(mixed_run)
    tab.page.locator(".findings li").nth(1).get_by_role("link").last.focus()
    tab.press("Enter")
    assert tab.hash == "#case=strided&env=torch"


def test_a_case_opens_on_the_environment_of_the_finding_that_was_clicked(run, opened):
    """Both flax and keras diverge in the same layer, each in a way of its own: three findings of two layers."""
    case, other = run.case(id="both"), run.case(id="other", batch=2)
    flax, keras = run.environment("flax", "flax"), run.environment("keras", "tensorflow")
    run.observed(flax, case, outcome="raised", error="ValueError: no")
    run.reads(keras, case, SAME_ON_8, SAME_ON_8)
    run.agrees(flax, other)
    run.reads(keras, other, SAME_ON_8[:3], SAME_ON_8[:3])
    tab = opened(run)
    verdicts = {"shifted": "keras", "shape": "keras", "rejects": "flax"}
    for verdict, label in verdicts.items():
        tab.page.locator(f".findings li.v-{verdict} .cause").click()
        assert tab.detail.locator(".group").first.locator(".who").inner_text() == label
        drawn = tab.detail.get_by_label("Drawn on the right")
        if verdict == "rejects":
            assert drawn.count() == 0
        else:
            assert drawn.locator("option:checked").inner_text() == label


def test_a_number_of_layers_shows_them_and_their_findings(mixed_run, opened):
    """Three layers: one is shifted, one is rejected, one agrees everywhere."""
    tab = opened(mixed_run)
    counts = tab.page.get_by_role("group", name="Layers by verdict").get_by_role("button")
    said = ["1 silent shift", "1 rejects", "1 agrees everywhere"]
    assert [" ".join(text.split()) for text in counts.all_inner_texts()] == said
    counts.nth(1).click()
    assert tab.rows == ["strided"]
    assert tab.page.get_by_label("Search").input_value() == "is:rejected"
    assert [text.split("\n")[0] for text in tab.page.locator(".findings li").all_inner_texts()] == ["rejects"]
    assert "1 of 2 match the search" in tab.page.locator(".findings").inner_text()
    assert counts.nth(1).get_attribute("aria-pressed") == "true"
    counts.nth(1).click()
    assert tab.page.get_by_label("Search").input_value() == ""
    assert tab.page.locator(".findings li").count() == 2


def test_layers_that_differ_in_two_ways_are_distinguished_in_the_findings(run, opened):
    """In one layer torch reads other elements and flax raises: a chip shows only its own finding."""
    case = run.case(id="case")
    run.reads(run.environment("torch"), case, SAME_ON_8, SAME_ON_8)
    run.observed(run.environment("flax", "flax"), case, outcome="raised", error="ValueError: no")
    tab = opened(run)
    for query, verdicts in {
        "silent": ["SILENT SHIFT"],
        "is:rejected": ["rejects"],
        "flax:different": ["rejects"],
    }.items():
        tab.search(query)
        assert tab.rows == ["case"]
        assert [text.split("\n")[0] for text in tab.page.locator(".findings li").all_inner_texts()] == verdicts
    tab.search("is:shape")
    assert tab.page.locator(".findings .none").inner_text() == "No finding matches."


def test_a_layer_that_a_framework_cannot_express_is_counted_apart(mixed_run, opened):
    case = mixed_run.case(id="no-words", padding_mode="reflect", stride=1)
    mixed_run.agrees("keras", case)
    mixed_run.observed("torch", case, outcome="inexpressible", reason="there is no such word", source="")
    tab = opened(mixed_run)
    assert tab.page.locator("h1").inner_text() == "Keras reads other pixels in 1 of 4 layers. Every shape matches."
    assert tab.page.locator(".summary").inner_text().endswith(" 1 layer cannot be written in PyTorch.")
    chips = tab.page.get_by_role("group", name="Layers by verdict").get_by_role("button")
    assert " ".join(chips.last.inner_text().split()) == "1 inexpressible"
    assert "apart" in chips.last.get_attribute("class")
    apart = tab.page.get_by_role("heading", name="Cannot be written in a framework")
    lists = tab.page.locator(".findings ol")
    assert lists.count() == 2
    assert "inexpressible" not in lists.first.inner_text()
    assert lists.last.inner_text().startswith("inexpressible\ntorch")
    assert apart.bounding_box()["y"] > lists.first.bounding_box()["y"]


def test_the_search_is_at_the_top_and_stays_there(run, opened):
    label = run.environment("torch")
    for n in range(40):
        run.observed(label, run.case(id=f"case-{n}", batch=n + 1), outcome="raised", error=f"{'E' * (n + 1)}rror")
    tab = opened(run)
    box, headline = tab.page.get_by_label("Search"), tab.page.locator("h1")
    assert box.bounding_box()["y"] < headline.bounding_box()["y"]
    tab.page.get_by_role("button", name="All 40").click()
    tab.page.locator(".findings li").last.scroll_into_view_if_needed()
    assert headline.bounding_box()["y"] < 0
    assert 0 <= box.bounding_box()["y"] < 60


def test_a_group_of_environments_is_searched_and_an_unknown_one_is_reported(run, opened):
    first, second = run.case(id="first"), run.case(id="second", kernel=5)
    jax, torch = run.environment("keras-jax", "keras-jax"), run.environment("keras-torch", "keras-torch")
    run.reads(jax, first, SAME_ON_8, SAME_ON_8)
    run.agrees(torch, first)
    run.agrees(jax, second)
    run.agrees(torch, second)
    tab = opened(run)
    tab.search("keras:shifted")
    assert tab.rows == ["first"]
    tab.search("keras:agrees")
    assert tab.rows == ["second"]
    tab.search("flax:shifted")
    assert tab.page.locator("#query-error").inner_text().endswith("keras-jax, keras-torch, and the groups keras")
    assert tab.rows == ["second"]
