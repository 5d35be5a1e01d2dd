package main

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const head = `"measured": "2026-11-23T21:00:00Z", "machine": "2 cores", "settings": ["All by default."]`

// file is one file of results with these figures.
func file(figures string) []byte {
	return []byte("{" + head + `, "figures": [` + figures + "]}")
}

const plain = `{"id": "load", "title": "Loading", "unit": "ms", "better": "lower",
	"goal": {"text": "at most half of B", "who": "A", "against": "B", "atMost": 0.5},
	"series": [{"who": "A", "samples": [10, 30, 20]}, {"who": "B", "samples": [40, 60, 50]}],
	"profile": "It waits."}`

const growing = `{"id": "memory", "title": "Memory", "unit": "kB", "better": "lower",
	"goal": {"text": "at most 40 kB", "who": "A", "atMost": 40},
	"x": {"label": "phones", "values": [100, 1000]},
	"series": [{"who": "A", "samples": [[30], [41, 43]]}]}`

func parsed(t *testing.T, figures string) Measurement {
	t.Helper()
	m, err := parse("load", file(figures))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRefusesWhatIsNoResult(t *testing.T) {
	for name, data := range map[string]string{
		"no JSON":                         "nothing",
		"a field that nobody knows":       `{` + head + `, "figures": [` + plain + `], "more": 1}`,
		"no figures":                      `{` + head + `, "figures": []}`,
		"no time":                         strings.Replace(string(file(plain)), "2026-11-23T21:00:00Z", "today", 1),
		"the same figure twice":           string(file(plain + "," + plain)),
		"no samples":                      string(file(strings.Replace(plain, "[10, 30, 20]", "[]", 1))),
		"a sample that is no number":      string(file(strings.Replace(plain, "[10, 30, 20]", `["10"]`, 1))),
		"lists where there is no axis":    string(file(strings.Replace(plain, "[10, 30, 20]", "[[10], [20]]", 1))),
		"fewer lists than the axis has":   string(file(strings.Replace(growing, "[[30], [41, 43]]", "[[30]]", 1))),
		"a goal about nobody":             string(file(strings.Replace(plain, `"who": "A", "against"`, `"who": "C", "against"`, 1))),
		"a goal against nobody":           string(file(strings.Replace(plain, `"against": "B"`, `"against": "C"`, 1))),
		"a goal without a bound":          string(file(strings.Replace(plain, `, "atMost": 0.5`, "", 1))),
		"neither lower nor higher":        string(file(strings.Replace(plain, `"lower"`, `"other"`, 1))),
		"a title that is longer than 200": string(file(strings.Replace(plain, `"Loading"`, `"`+strings.Repeat("x", 201)+`"`, 1))),
		"more than 4 MiB":                 string(file(plain)) + strings.Repeat(" ", maxBytes),
	} {
		if _, err := parse("load", []byte(data)); err == nil {
			t.Errorf("took %s", name)
		}
	}
}

func TestAGoalIsAboutTheRatioOfMedians(t *testing.T) {
	v := parsed(t, plain).Figures[0].judge()
	if v.value.Median != 0.4 || !v.met {
		t.Errorf("20 of 50 is 0.4 and meets 0.5: got %+v", v)
	}
	// Each sample beside the one that was taken next to it.
	if v.value.Least != 0.25 || v.value.Most != 0.5 {
		t.Errorf("the pairs lie from 0.25 to 0.5: got %+v", v.value)
	}
	missed := parsed(t, strings.Replace(plain, "[40, 60, 50]", "[30, 30, 30]", 1)).Figures[0].judge()
	if missed.met {
		t.Error("20 of 30 meets 0.5")
	}
}

func TestAGoalHoldsAtEachValueOfTheAxis(t *testing.T) {
	figure := parsed(t, growing).Figures[0]
	if v := figure.judge(); v.met || v.at != 1 || v.value.Median != 42 {
		t.Errorf("42 kB at 1,000 phones misses 40: got %+v", v)
	}
	least := strings.Replace(growing, `"atMost": 40`, `"atLeast": 35`, 1)
	if v := parsed(t, least).Figures[0].judge(); v.met || v.at != 0 {
		t.Errorf("30 at 100 phones misses at least 35: got %+v", v)
	}
}

func TestThePageNamesGoalsMetAndMissed(t *testing.T) {
	missed := strings.NewReplacer(`"load"`, `"slow"`, "[40, 60, 50]", "[30, 30, 30]").Replace(plain)
	text := page([]Measurement{parsed(t, plain+","+missed+","+growing)})
	for _, want := range []string{
		"| Loading | at most half of B | 0.40 (0.25 to 0.50) times | met |",
		"| Loading | at most half of B | 0.67 (0.33 to 1) times | **missed** |",
		"| Memory | at most 40 kB | 42 (41 to 43) kB at phones 1,000 | **missed** |",
		"- Loading: It waits.",
		"- Memory: No profile was taken.",
		"| A | 20 (10 to 30) | 0.40 (0.25 to 0.50) |",
		"| kB, lower is better | 100 | 1,000 |",
		"![Loading in ms: A 20; B 50](images/performance-load-load.svg)",
		"Measured on 2026-11-23: 2 cores.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

func TestTextOfResultsIsNoMarkup(t *testing.T) {
	m := parsed(t, strings.NewReplacer(`"who": "A"`, `"who": "<web-phone>|"`).Replace(plain))
	if text := page([]Measurement{m}); !strings.Contains(text, `| &lt;web-phone&gt;\| | 20 (10 to 30)`) {
		t.Errorf("the name of an element is markup:\n%s", text)
	}
	if got := line("a `<b>` <c>"); got != "a `<b>` &lt;c&gt;" {
		t.Errorf("code between backticks is changed: %q", got)
	}
}

func TestAChartIsWellFormedAndSaysInWordsWhatItShows(t *testing.T) {
	for name, figures := range map[string]string{
		"bars": strings.ReplaceAll(plain, `"A"`, `"<A> & co"`), "lines": growing,
		"cases": strings.Replace(growing, "[100, 1000]", `["idle", "busy"]`, 1),
		"zeros": strings.NewReplacer("[10, 30, 20]", "[0]", "[40, 60, 50]", "[0]").Replace(plain),
	} {
		svg := chart(parsed(t, figures).Figures[0])
		decoder := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := decoder.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
		}
		for _, want := range []string{`role="img"`, `<title id="t">`, `<desc id="d">`, "prefers-color-scheme: dark"} {
			if !strings.Contains(svg, want) {
				t.Errorf("%s lack %s", name, want)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s have a place that is no number", name)
		}
	}
}

func TestAPeerHasTheSameColorInEveryChart(t *testing.T) {
	first := parsed(t, strings.ReplaceAll(plain, `"B"`, `"JsSIP 3.13.8"`)).Figures[0]
	second := Figure{Series: []Series{{Who: "phone.js"}, {Who: "<web-phone>"}, {Who: "JsSIP 3.13.8"}}}
	if first.color(1) != second.color(2) || second.color(0) == second.color(1) {
		t.Errorf("JsSIP is %d and %d", first.color(1), second.color(2))
	}
}

func TestBarsAreAsLongAsTheirMedians(t *testing.T) {
	svg := chart(parsed(t, plain).Figures[0])
	// The longest sample, 60 ms, takes the whole width of 376 px.
	for _, want := range []string{`width="125.3"`, `width="313.3"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("no bar of %s in\n%s", want, svg)
		}
	}
}

func TestLeavesTheReportOfReliabilityAlone(t *testing.T) {
	root := t.TempDir()
	results := filepath.Join(root, "bench", "results")
	images := filepath.Join(root, "docs", "images")
	for _, folder := range []string{results, images} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, data := range map[string][]byte{
		filepath.Join(results, "reliability.json"):      []byte(`{"other": true}`),
		filepath.Join(results, "load.json"):             file(plain),
		filepath.Join(images, "performance-gone.svg"):   nil,
		filepath.Join(images, "reliability-stays.svg"):  nil,
		filepath.Join(images, "performance-stays.webp"): nil,
	} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(root); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(images)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := "performance-load-load.svg performance-stays.webp reliability-stays.svg"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("docs/images has %s, want %s", got, want)
	}
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 0.284: "0.28", 0.00517: "0.0052", 12.34: "12.3", 1234.5: "1,235", 1_234_567: "1,234,567", 5: "5", -1500: "-1,500"} {
		if got := text(value); got != want {
			t.Errorf("%v is written %s, want %s", value, got, want)
		}
	}
}

func TestAFigureWithoutAGoalIsComparedAsItsNeighboursAre(t *testing.T) {
	other := `{"id": "bytes", "title": "Bytes", "unit": "bytes", "better": "lower",
		"series": [{"who": "A", "samples": [10]}, {"who": "C", "samples": [30]}, {"who": "B", "samples": [20]}]}`
	if text := page([]Measurement{parsed(t, other+","+plain)}); !strings.Contains(text, "| C | 30 | 1.50 |") {
		t.Errorf("C is not compared with B:\n%s", text)
	}
}

func TestTheMedianIsTheMiddleOfTheSorted(t *testing.T) {
	if got := spreadOf([]float64{9, 1, 100}); got != (Spread{1, 9, 100}) {
		t.Errorf("of 9, 1, 100: %+v", got)
	}
	if got := spreadOf([]float64{8, 1, 100, 4}); got != (Spread{1, 6, 100}) {
		t.Errorf("of 8, 1, 100, 4: %+v", got)
	}
}
