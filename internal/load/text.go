package load

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Line is a sample as one line of text.
func (s Sample) Line() string {
	line := fmt.Sprintf("%6.0f s  %-6s  %6d connected  %6d registered  %5d calls  %7.1f registrations/s  %6.1f answers/s  %5.1f failures/s",
		s.Seconds, s.Phase, s.Connected, s.Registered, s.Calls, s.Registrations, s.Answers, s.Failures)
	if s.Memory > 0 {
		line += fmt.Sprintf("  %3.0f %% CPU  %s", 100*s.CPU, megabytes(s.Memory))
	}
	return line
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func kilobytes(n int64) string { return fmt.Sprintf("%.1f kB", float64(n)/1e3) }

// WriteText writes the report for a terminal.
func (r *Report) WriteText(out io.Writer) error {
	var b strings.Builder
	c := r.Counts
	fmt.Fprintf(&b, "Load on %s: %d phones, %.1f s\n\n", r.Server, r.Settings.Phones, r.Seconds)
	fmt.Fprintf(&b, "At most %d connected, %d registered, %d calls at once.\n", r.Peak.Connected, r.Peak.Registered, r.Peak.Calls)
	fmt.Fprintf(&b, "Begun: %d connections, %d registrations, %d refreshes, %d calls.", c.Connects, c.Registrations, c.Refreshes, c.Calls)
	if c.HeldBack > 0 {
		fmt.Fprintf(&b, " %d more were held back: too much waited for an answer.", c.HeldBack)
	}
	b.WriteString("\n\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "ms\tcount\tmin\tmean\tp50\tp90\tp95\tp99\tmax\t")
	for _, l := range r.Latencies {
		if l.Count > 0 {
			fmt.Fprintf(table, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t\n", l.Name, l.Count, l.Min, l.Mean, l.P50, l.P90, l.P95, l.P99, l.Max)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	b.WriteByte('\n')
	if m := r.Media; m != nil {
		fmt.Fprintf(&b, "Media: %d streams, %d packets sent, %d received.\n", m.Streams, m.Sent, m.Received)
	}
	for _, p := range []struct {
		name string
		*Process
	}{{"The server", r.Process}, {"This generator", &r.Generator}} {
		if p.Process != nil {
			fmt.Fprintf(&b, "%s: %.2f s of CPU, memory %s at first, %s at most, %s for each phone.\n",
				p.name, p.CPU, megabytes(p.MemoryBefore), megabytes(p.MemoryPeak), kilobytes(p.PerPhone))
		}
	}
	fmt.Fprintf(&b, "\nFailures: %d (%.2f %%)\n", r.Failed, r.FailedShare())
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "  %7d  %s\n", f.Count, f.Kind)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
