package main

import (
	"fmt"
	"strings"
)

// chapters are the titles of the measurements, by their files' names.
var chapters = map[string]string{
	"load":       "Loading and registering",
	"call":       "Setting up a call",
	"parse":      "Reading and writing SIP messages in the browser",
	"parsers-go": "Reading and writing SIP messages in Go",
	"heap":       "Memory in the browser",
	"edge":       "The server beside Kamailio",
	"echo":       "Echo",
}

const introduction = `# Performance

<!-- Made by bench/report from bench/results: do not edit. -->

What is compared is measured side by side in one run, in turns, so that a busy
moment of the machine strikes all alike. Figures are medians, with the least and
the most in brackets. A ratio is that of the medians; its spread is over the
pairs that were measured one after the other. ` + "`make bench`" + ` measures anew and
writes this page; what happens when things break is in
[reliability.md](reliability.md).
`

// page is the report in Markdown.
func page(measurements []Measurement) string {
	var out strings.Builder
	out.WriteString(introduction)
	writeGoals(&out, measurements)
	for _, m := range measurements {
		writeChapter(&out, m)
	}
	return out.String()
}

func writeGoals(out *strings.Builder, measurements []Measurement) {
	out.WriteString("\n## Goals\n\n| What | Goal | Measured | |\n| --- | --- | --- | --- |\n")
	var missed []Figure
	for _, m := range measurements {
		for _, figure := range m.Figures {
			if figure.Goal == nil {
				continue
			}
			v := figure.judge()
			result := "met"
			if !v.met {
				result = "**missed**"
				missed = append(missed, figure)
			}
			row(out, figure.Title, figure.Goal.Text, figure.measured(v), result)
		}
	}
	if len(missed) == 0 {
		return
	}
	out.WriteString("\nWhat missed its goal, and where it goes:\n\n")
	for _, figure := range missed {
		profile := figure.Profile
		if profile == "" {
			profile = "No profile was taken."
		}
		fmt.Fprintf(out, "- %s: %s\n", line(figure.Title), line(profile))
	}
}

// measured says what a goal's figure has come to.
func (f Figure) measured(v verdict) string {
	where := ""
	if f.X != nil {
		where = fmt.Sprintf(" at %s %s", f.X.Label, f.X.Text(v.at))
	}
	if f.Goal.Against == "" {
		return v.value.String() + " " + f.Unit + where
	}
	return v.value.String() + " times" + where
}

func writeChapter(out *strings.Builder, m Measurement) {
	title := chapters[m.Name]
	if title == "" {
		title = m.Name
	}
	fmt.Fprintf(out, "\n## %s\n\nMeasured on %s: %s.\n\n", line(title), m.Measured[:10], line(m.Machine))
	for _, setting := range m.Settings {
		fmt.Fprintf(out, "- %s\n", line(setting))
	}
	for _, figure := range m.Figures {
		writeFigure(out, m, figure)
	}
}

func writeFigure(out *strings.Builder, m Measurement, f Figure) {
	fmt.Fprintf(out, "\n### %s\n\n![%s](images/%s)\n\n", line(f.Title), line(summary(f)), imageName(m, f))
	header := []string{f.Unit + ", " + f.Better + " is better"}
	if f.X != nil {
		header = append(header, each(len(f.X.Values), f.X.Text)...)
	} else {
		header = append(header, "median (least to most)")
	}
	if against := m.reference(f); against != nil {
		header = append(header, "to "+against.Who)
	}
	row(out, header...)
	out.WriteString(strings.Repeat("| --- ", len(header)) + "|\n")
	for _, series := range f.Series {
		cells := []string{series.Who}
		for _, samples := range series.Samples {
			cells = append(cells, spreadOf(samples).String())
		}
		if against := m.reference(f); against != nil {
			cells = append(cells, f.ratio(series, *against))
		}
		row(out, cells...)
	}
	if f.Note != "" {
		fmt.Fprintf(out, "\n%s\n", line(f.Note))
	}
}

// reference is the series that the others of a figure are compared with: the one
// of its goal, or else of another goal of the same measurement.
func (m Measurement) reference(f Figure) *Series {
	if f.Goal != nil && f.Goal.Against != "" {
		return f.series(f.Goal.Against)
	}
	for _, other := range m.Figures {
		if other.Goal == nil || other.Goal.Against == "" {
			continue
		}
		if found := f.series(other.Goal.Against); found != nil {
			return found
		}
	}
	return nil
}

func (f Figure) ratio(series, against Series) string {
	if series.Who == against.Who {
		return "1"
	}
	ratios := each(len(series.Samples), func(i int) string {
		return ratioOf(series.Samples[i], against.Samples[i]).String()
	})
	return strings.Join(ratios, ", ")
}

// summary tells a chart in words.
func summary(f Figure) string {
	parts := make([]string, len(f.Series))
	for i, series := range f.Series {
		values := each(len(series.Samples), func(i int) string {
			value := text(spreadOf(series.Samples[i]).Median)
			if f.X != nil {
				value = f.X.Text(i) + ": " + value
			}
			return value
		})
		parts[i] = series.Who + " " + strings.Join(values, ", ")
	}
	return fmt.Sprintf("%s in %s: %s", f.Title, f.Unit, strings.Join(parts, "; "))
}

func each(n int, make func(int) string) []string {
	var all []string
	for i := range n {
		all = append(all, make(i))
	}
	return all
}

func row(out *strings.Builder, cells ...string) {
	for _, cell := range cells {
		out.WriteString("| " + strings.ReplaceAll(line(cell), "|", `\|`) + " ")
	}
	out.WriteString("|\n")
}

// line is text as Markdown on one line, where names of elements are no HTML and
// what stands between backticks stays as it is.
func line(text string) string {
	parts := strings.Split(strings.Join(strings.Fields(text), " "), "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(parts[i])
	}
	return strings.Join(parts, "`")
}
