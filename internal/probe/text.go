package probe

import (
	"fmt"
	"strings"
	"time"
)

// Text is the result for people, a fact a line.
func (r Result) Text() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	if r.OK {
		line("Result", "went well")
	} else {
		line("Result", "failed (%s): %s", r.Code, r.Message)
	}
	if r.Record == nil {
		return b.String()
	}
	record := r.Record
	line("From", "%s", record.From)
	line("To", "%s", record.To)
	line("Started", "%s", record.StartTime.Format(time.RFC3339))
	if record.AnswerTime != nil {
		line("Answered", "after %.3f s", r.Setup)
		line("Lasted", "%d s", record.Duration)
	}
	line("Ended", "%s (%s, SIP status %d)", record.Reason, record.EndedBy, record.SIPCode)
	if record.Codec != "" {
		line("Codec", "%s", record.Codec)
	}
	if r.Heard != nil && record.AnswerTime != nil {
		if r.Heard.Level < silent {
			line("Heard", "nothing, in %.1f s", r.Heard.Seconds)
		} else {
			line("Heard", "%.1f dBFS at the loudest, there %.0f Hz above all, in %.1f s", r.Heard.Level, r.Heard.Frequency, r.Heard.Seconds)
		}
	}
	if r.Digits != "" {
		line("Digits", "%s", r.Digits)
	}
	if quality := record.Quality; quality != nil {
		line("Quality", "MOS %.1f, jitter %.1f ms, %d packets lost, round trip %.1f ms", quality.MOS, quality.Jitter, quality.PacketsLost, quality.RoundTripTime)
	}
	return b.String()
}
