package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Bounds of one file of results.
const (
	maxBytes   = 4 << 20
	maxFigures = 100
	maxSeries  = 12
	maxValues  = 64
	maxSamples = 100_000
	maxText    = 4_000
)

// notOurs has another form, and a report of its own.
const notOurs = "reliability.json"

// order is that of the chapters; what is not named comes last, by its name.
var order = []string{"load", "call", "parse", "parsers-go", "heap", "edge", "echo"}

// Measurement is one file of results.
type Measurement struct {
	// Name is the file's, without its extension.
	Name     string   `json:"-"`
	Measured string   `json:"measured"`
	Machine  string   `json:"machine"`
	Settings []string `json:"settings"`
	Figures  []Figure `json:"figures"`
}

// Figure is one quantity, measured for several peers side by side.
type Figure struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Unit   string `json:"unit"`
	Better string `json:"better"`
	Goal   *Goal  `json:"goal"`
	// X is there for growth or cases: then each series has samples for each value.
	X       *Axis    `json:"x"`
	Series  []Series `json:"series"`
	Note    string   `json:"note"`
	Profile string   `json:"profile"`
}

// Goal bounds a median, or the ratio of two where Against is there.
type Goal struct {
	Text    string   `json:"text"`
	Who     string   `json:"who"`
	Against string   `json:"against"`
	AtMost  *float64 `json:"atMost"`
	AtLeast *float64 `json:"atLeast"`
}

// Axis names what grows, or the cases.
type Axis struct {
	Label  string `json:"label"`
	Values []any  `json:"values"`
}

// Text is the label of one value.
func (a *Axis) Text(i int) string {
	if number, ok := a.Values[i].(float64); ok {
		return grouped(number)
	}
	return fmt.Sprint(a.Values[i])
}

// Series is what was measured of one peer.
type Series struct {
	Who     string  `json:"who"`
	Samples Samples `json:"samples"`
}

// Samples are a list for each value of the axis; one list where there is none.
type Samples [][]float64

// UnmarshalJSON takes a list of numbers or a list of such lists.
func (s *Samples) UnmarshalJSON(data []byte) error {
	var nested [][]float64
	if err := json.Unmarshal(data, &nested); err == nil {
		*s = nested
		return nil
	}
	var flat []float64
	if err := json.Unmarshal(data, &flat); err != nil {
		return errors.New("samples are numbers, or lists of numbers")
	}
	*s = Samples{flat}
	return nil
}

// readAll reads every file of results but the one that is not ours.
func readAll(folder string) ([]Measurement, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	var all []Measurement
	for _, file := range files {
		if filepath.Base(file) == notOurs {
			continue
		}
		m, err := readFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		all = append(all, m)
	}
	place := func(m Measurement) int {
		if i := slices.Index(order, m.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(all, func(a, b Measurement) int { return place(a) - place(b) })
	return all, nil
}

func readFile(path string) (Measurement, error) {
	file, err := os.Open(path)
	if err != nil {
		return Measurement{}, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return Measurement{}, err
	}
	return parse(strings.TrimSuffix(filepath.Base(path), ".json"), data)
}

// parse reads and checks one file of results.
func parse(name string, data []byte) (Measurement, error) {
	m := Measurement{Name: name}
	if len(data) > maxBytes {
		return m, fmt.Errorf("over %d bytes", maxBytes)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return m, err
	}
	if _, err := time.Parse(time.RFC3339, m.Measured); err != nil {
		return m, errors.New("measured is no RFC 3339 time")
	}
	if len(m.Figures) == 0 || len(m.Figures) > maxFigures {
		return m, fmt.Errorf("1 to %d figures", maxFigures)
	}
	for _, text := range append([]string{m.Machine}, m.Settings...) {
		if text == "" || len(text) > maxText {
			return m, fmt.Errorf("machine and settings are texts of 1 to %d bytes", maxText)
		}
	}
	seen := map[string]bool{}
	for _, figure := range m.Figures {
		if seen[figure.ID] {
			return m, fmt.Errorf("figure %q is there twice", figure.ID)
		}
		seen[figure.ID] = true
		if err := figure.check(); err != nil {
			return m, fmt.Errorf("figure %q: %w", figure.ID, err)
		}
	}
	return m, nil
}

func (f Figure) check() error {
	for _, text := range []string{f.ID, f.Title, f.Unit} {
		if text == "" || len(text) > 200 {
			return errors.New("id, title and unit are texts of 1 to 200 bytes")
		}
	}
	if len(f.Note) > maxText || len(f.Profile) > maxText {
		return fmt.Errorf("note and profile have at most %d bytes", maxText)
	}
	if f.Better != "lower" && f.Better != "higher" {
		return errors.New(`better is "lower" or "higher"`)
	}
	if len(f.Series) == 0 || len(f.Series) > maxSeries {
		return fmt.Errorf("1 to %d series", maxSeries)
	}
	lists := 1
	if f.X != nil {
		if lists = len(f.X.Values); lists == 0 || lists > maxValues {
			return fmt.Errorf("x has 1 to %d values", maxValues)
		}
		for _, value := range f.X.Values {
			switch value.(type) {
			case float64, string:
			default:
				return errors.New("values of x are numbers or texts")
			}
		}
	}
	for _, series := range f.Series {
		if series.Who == "" || len(series.Who) > 80 {
			return errors.New("who is a text of 1 to 80 bytes")
		}
		if len(series.Samples) != lists {
			return fmt.Errorf("%s has %d lists of samples in place of %d", series.Who, len(series.Samples), lists)
		}
		for _, samples := range series.Samples {
			if len(samples) == 0 || len(samples) > maxSamples {
				return fmt.Errorf("%s: 1 to %d samples", series.Who, maxSamples)
			}
			for _, sample := range samples {
				if math.Abs(sample) > 1e15 {
					return fmt.Errorf("%s: a sample is beyond 1e15", series.Who)
				}
			}
		}
	}
	return f.checkGoal()
}

func (f Figure) checkGoal() error {
	goal := f.Goal
	if goal == nil {
		return nil
	}
	if goal.Text == "" || len(goal.Text) > 200 {
		return errors.New("the goal's text has 1 to 200 bytes")
	}
	if (goal.AtMost == nil) == (goal.AtLeast == nil) {
		return errors.New("a goal has atMost or atLeast")
	}
	if f.series(goal.Who) == nil || (goal.Against != "" && f.series(goal.Against) == nil) {
		return errors.New("the goal is about a series that is not there")
	}
	return nil
}

// series finds the series of a peer.
func (f Figure) series(who string) *Series {
	for i := range f.Series {
		if f.Series[i].Who == who {
			return &f.Series[i]
		}
	}
	return nil
}
