package load

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
)

//go:embed report.html
var page string

// WriteHTML writes the report as one page that needs no other file, no script
// and no network.
func (r *Report) WriteHTML(out io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"mb": megabytes, "kb": kilobytes,
		"ms": func(v float64) string { return fmt.Sprintf("%.1f", v) },
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(out, struct {
		*Report
		Charts []chart
	}{r, r.charts()})
}

// chart is a drawing over the time of the run.
type chart struct {
	Title, Unit string
	Lines       []line
	Grid        []mark // horizontal lines with their value
	Ticks       []mark // of time
}

type line struct {
	Name, Points string
	Class        int
}

type mark struct {
	At    float64
	Label string
}

// The drawing surface, in the units of the view box.
const (
	chartLeft, chartRight = 56.0, 700.0
	chartTop, chartBottom = 12.0, 170.0
)

func (r *Report) charts() []chart {
	type series struct {
		name string
		of   func(Sample) float64
	}
	var charts []chart
	add := func(title, unit string, all ...series) {
		c := chart{Title: title, Unit: unit}
		most, end := 0.0, 1.0
		for _, s := range r.Timeline {
			end = max(end, s.Seconds)
			for _, one := range all {
				most = max(most, one.of(s))
			}
		}
		top, step := scale(most)
		y := func(v float64) float64 { return chartBottom - v/top*(chartBottom-chartTop) }
		x := func(t float64) float64 { return chartLeft + t/end*(chartRight-chartLeft) }
		for v := 0.0; v <= top*1.0001; v += step {
			c.Grid = append(c.Grid, mark{y(v), number(v)})
		}
		_, each := scale(end)
		for t := 0.0; t <= end; t += each {
			c.Ticks = append(c.Ticks, mark{x(t), number(t) + " s"})
		}
		for i, one := range all {
			var points strings.Builder
			for _, s := range r.Timeline {
				fmt.Fprintf(&points, "%.1f,%.1f ", x(s.Seconds), y(one.of(s)))
			}
			c.Lines = append(c.Lines, line{one.name, points.String(), i})
		}
		charts = append(charts, c)
	}
	add("Phones", "",
		series{"connected", func(s Sample) float64 { return float64(s.Connected) }},
		series{"registered", func(s Sample) float64 { return float64(s.Registered) }})
	add("Registrations", "a second", series{"registrations", func(s Sample) float64 { return s.Registrations }})
	if r.Counts.Calls > 0 {
		add("Calls", "",
			series{"at once", func(s Sample) float64 { return float64(s.Calls) }},
			series{"answered a second", func(s Sample) float64 { return s.Answers }})
	}
	add("Failures", "a second", series{"failures", func(s Sample) float64 { return s.Failures }})
	if r.Process != nil {
		add("CPU of the server", "% of a core", series{"CPU", func(s Sample) float64 { return 100 * s.CPU }})
		add("Memory of the server", "MB", series{"memory", func(s Sample) float64 { return float64(s.Memory) / 1e6 }})
	}
	return charts
}

// scale is a round number at or above most, and a round step that divides it.
func scale(most float64) (top, step float64) {
	if most <= 0 {
		return 1, 1
	}
	magnitude := math.Pow(10, math.Floor(math.Log10(most)))
	for _, factor := range []float64{0.2, 0.5, 1, 2, 5} {
		if step = factor * magnitude; most/step <= 5 {
			break
		}
	}
	return math.Ceil(most/step) * step, step
}

func number(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.4g", v), ".0") }
