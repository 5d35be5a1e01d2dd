package main

import (
	"fmt"
	"html"
	"strings"
)

// The measures of a chart, in px.
const (
	width     = 720
	margin    = 12
	nameWidth = 150
	noteWidth = 170
	barHeight = 22
	gap       = 10
	plotTop   = 44
)

// style serves light and dark pages alike: a chart shown as an image follows the
// reader's system.
const style = `
text { font: 14px system-ui, sans-serif; fill: #1c1e21 }
.title { font-weight: 600 }
.quiet { fill: #5c6370; font-size: 12px }
.s0 { fill: #0b62c4; stroke: #0b62c4 } .s1 { fill: #9a6700; stroke: #9a6700 } .s2 { fill: #6e7781; stroke: #6e7781 }
.s3 { fill: #1a7f37; stroke: #1a7f37 } .s4 { fill: #8250df; stroke: #8250df } .s5 { fill: #bf3989; stroke: #bf3989 }
.bar { stroke: none } .line { fill: none; stroke-width: 2 }
.spread { stroke: #1c1e21; stroke-width: 1.5 } .axis { stroke: #c4c9d0 } .goal { stroke: #cf222e; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
text { fill: #e8eaed } .quiet { fill: #a3abb6 }
.s0 { fill: #58a6ff; stroke: #58a6ff } .s1 { fill: #d9a31a; stroke: #d9a31a } .s2 { fill: #98a2ad; stroke: #98a2ad }
.s3 { fill: #3fb950; stroke: #3fb950 } .s4 { fill: #b48cf2; stroke: #b48cf2 } .s5 { fill: #f47ac0; stroke: #f47ac0 }
.bar { stroke: none } .line { fill: none }
.spread { stroke: #e8eaed } .axis { stroke: #4a515c } .goal { stroke: #ff7b72 }
}`

// chart draws a figure as SVG: lines where something grows, bars otherwise.
func chart(f Figure) string {
	if f.grows() {
		return lines(f)
	}
	return bars(f)
}

// colors keeps to one color for each peer, over all charts, by how its name begins.
var colors = []struct {
	name  string
	color int
}{{"phone.js", 0}, {"<web-phone>", 4}, {"JsSIP", 1}, {"SIP.js", 2}}

// color is the class of the series at k.
func (f Figure) color(k int) int {
	for _, known := range colors {
		if strings.HasPrefix(f.Series[k].Who, known.name) {
			return known.color
		}
	}
	return k % 6
}

// grows is true for an axis of more than one number.
func (f Figure) grows() bool {
	if f.X == nil || len(f.X.Values) < 2 {
		return false
	}
	for _, value := range f.X.Values {
		if _, ok := value.(float64); !ok {
			return false
		}
	}
	return true
}

// most is the largest sample.
func (f Figure) most() float64 {
	most := 0.0
	for _, series := range f.Series {
		for _, samples := range series.Samples {
			most = max(most, spreadOf(samples).Most)
		}
	}
	if most <= 0 {
		return 1
	}
	return most
}

// document wraps what is drawn, with a title and a description for those who can't see it.
func document(f Figure, height int, content string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="t d">
<title id="t">%s</title>
<desc id="d">%s</desc>
<style>%s
</style>
<text class="title" x="%d" y="22">%s <tspan class="quiet">%s, %s is better</tspan></text>
%s</svg>
`, width, height, width, height, html.EscapeString(f.Title), html.EscapeString(summary(f)), style,
		margin, html.EscapeString(f.Title), html.EscapeString(f.Unit), f.Better, content)
}

// bars draws a bar for each series, from zero, in a group for each case.
func bars(f Figure) string {
	var out strings.Builder
	const left = margin + nameWidth
	scale := float64(width-left-noteWidth-margin) / f.most()
	y := plotTop
	cases := len(f.Series[0].Samples)
	for i := range cases {
		if f.X != nil {
			fmt.Fprintf(&out, "<text class=\"quiet\" x=\"%d\" y=\"%d\">%s</text>\n",
				margin, y+12, html.EscapeString(f.X.Label+": "+f.X.Text(i)))
			y += 20
		}
		for k, series := range f.Series {
			value := spreadOf(series.Samples[i])
			middle := y + barHeight/2
			length := max(1, value.Median*scale)
			fmt.Fprintf(&out, "<text x=\"%d\" y=\"%d\">%s</text>\n", margin, middle+5, html.EscapeString(series.Who))
			fmt.Fprintf(&out, "<rect class=\"bar s%d\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n",
				f.color(k), left, y, length, barHeight)
			end := left + length
			if value.Most > value.Least {
				from, to := left+max(0, value.Least)*scale, left+value.Most*scale
				fmt.Fprintf(&out, "<path class=\"spread\" d=\"M%.1f %dH%.1fM%.1f %dv8M%.1f %dv8\"/>\n",
					from, middle, to, from, middle-4, to, middle-4)
				end = max(end, to)
			}
			fmt.Fprintf(&out, "<text x=\"%.1f\" y=\"%d\">%s</text>\n", end+8, middle+5, text(value.Median))
			y += barHeight + gap
		}
		y += gap
	}
	fmt.Fprintf(&out, "<path class=\"axis\" d=\"M%d %dV%d\"/>\n", left, plotTop-4, y-gap)
	if goal := f.Goal; goal != nil && goal.Against == "" {
		bound := goal.AtMost
		if bound == nil {
			bound = goal.AtLeast
		}
		if *bound <= f.most() {
			x := left + *bound*scale
			fmt.Fprintf(&out, "<path class=\"goal\" d=\"M%.1f %dV%d\"/>\n", x, plotTop-4, y-gap)
		}
	}
	return document(f, y, out.String())
}

// lines draws how each series grows; the values stand at equal distances.
func lines(f Figure) string {
	const (
		left   = margin + 60
		bottom = plotTop + 240
		ticks  = 4
	)
	var out strings.Builder
	most := f.most()
	right := width - noteWidth - margin
	x := func(i int) float64 {
		return left + float64(right-left)*float64(i)/float64(len(f.X.Values)-1)
	}
	y := func(value float64) float64 {
		return bottom - (bottom-plotTop)*max(0, value)/most
	}
	for i := range ticks + 1 {
		value := most * float64(i) / ticks
		fmt.Fprintf(&out, "<path class=\"axis\" d=\"M%d %.1fH%d\"/>\n", left, y(value), right)
		fmt.Fprintf(&out, "<text class=\"quiet\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>\n", left-8, y(value)+4, text(value))
	}
	for i := range f.X.Values {
		fmt.Fprintf(&out, "<text class=\"quiet\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
			x(i), bottom+20, html.EscapeString(f.X.Text(i)))
	}
	fmt.Fprintf(&out, "<text class=\"quiet\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">%s</text>\n",
		(left+right)/2, bottom+40, html.EscapeString(f.X.Label))
	for k, series := range f.Series {
		var path strings.Builder
		for i, samples := range series.Samples {
			value := spreadOf(samples)
			fmt.Fprintf(&path, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], x(i), y(value.Median))
			fmt.Fprintf(&out, "<path class=\"s%d\" d=\"M%.1f %.1fV%.1f\"/>\n", f.color(k), x(i), y(value.Least), y(value.Most))
			fmt.Fprintf(&out, "<circle class=\"s%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>\n", f.color(k), x(i), y(value.Median))
		}
		fmt.Fprintf(&out, "<path class=\"line s%d\" d=\"%s\"/>\n", f.color(k), path.String())
		// The names stand one below the other, so that none covers another.
		at := plotTop + 8 + k*22
		fmt.Fprintf(&out, "<rect class=\"bar s%d\" x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" rx=\"2\"/>\n", f.color(k), right+20, at)
		fmt.Fprintf(&out, "<text x=\"%d\" y=\"%d\">%s</text>\n", right+40, at+11, html.EscapeString(series.Who))
	}
	return document(f, bottom+56, out.String())
}
