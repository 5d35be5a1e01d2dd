package phone

import (
	"time"

	"webphone/internal/media/endpoint"
)

// Direction tells who called.
type Direction string

// The directions.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
)

// Quality is how a call sounded.
type Quality struct {
	// MOS is the mean opinion score, 1 to 4.5 (ITU-T G.107, from RTCP statistics).
	MOS float64 `json:"mos"`
	// Jitter is the interarrival jitter in milliseconds (RFC 3550 §6.4.1).
	Jitter float64 `json:"jitter"`
	// PacketsLost counts those lost on the way to us.
	PacketsLost int `json:"packetsLost"`
	// RoundTripTime is in milliseconds.
	RoundTripTime float64 `json:"roundTripTime"`
}

// CDR is the call detail record. As JSON it is that of the phone in the browser:
// times are ISO 8601 or null.
type CDR struct {
	CallID      string    `json:"callId"`
	Direction   Direction `json:"direction"`
	From        string    `json:"from"`
	To          string    `json:"to"`
	DisplayName string    `json:"displayName"`
	// StartTime is when the INVITE was sent or received.
	StartTime time.Time `json:"startTime"`
	// RingTime is nil when it never rang, AnswerTime when it was never answered.
	RingTime   *time.Time `json:"ringTime"`
	AnswerTime *time.Time `json:"answerTime"`
	EndTime    time.Time  `json:"endTime"`
	// Duration is answered seconds.
	Duration int `json:"duration"`
	// SIPCode is the final SIP status of the INVITE: 200 once answered, 408 also
	// when no response came in time (RFC 3261 §8.1.3.1), 0 when none was received
	// or sent.
	SIPCode int `json:"sipCode"`
	// Reason is a word or sentence for what ended the call.
	Reason string `json:"reason"`
	// EndedBy is "local", "remote" or "network".
	EndedBy string `json:"endedBy"`
	// Codec is the audio codec, such as PCMU; empty when none was agreed.
	Codec   string   `json:"codec"`
	Quality *Quality `json:"quality"`
}

// stamp is a time as it stands in a record: in UTC, to the millisecond.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

func qualityOf(q endpoint.Quality, ok bool) *Quality {
	if !ok {
		return nil
	}
	return &Quality{MOS: q.MOS, Jitter: q.Jitter, PacketsLost: q.PacketsLost, RoundTripTime: q.RoundTripTime}
}

// finish ends the call once, whatever ended it.
func (c *Call) finish(e end, err *Error) {
	if !c.to(phaseEnded) {
		return
	}
	ended := c.phone.loop.clock.Now()
	if c.err == nil && (e.by != byLocal || err != nil) {
		c.err = err
		if err == nil && (e.status >= 300 || e.status == 0) {
			c.err = statusError(e.status, nil)
		}
	}
	// The other side often hangs up when it has reached the target of a transfer.
	c.upkeep.stop(e.by == byRemote)
	c.settle(cmpStatus(e.status))
	last := c.peer
	c.peer = nil
	c.phone.ended(c)
	async(c.phone.loop, func() (*CDR, error) {
		c.audio.end()
		record := &CDR{}
		if last != nil {
			record.Codec = last.Codec()
			record.Quality = qualityOf(last.Quality())
			return record, last.Close()
		}
		return record, nil
	}, func(record *CDR, closing error) {
		if closing != nil {
			c.phone.log().Debug("the media of a call did not close in order", "error", closing)
		}
		c.write(record, e, ended)
	})
}

func cmpStatus(status int) int {
	if status == 0 {
		return 503
	}
	return status
}

// write makes the record, and tells of it.
func (c *Call) write(record *CDR, e end, ended time.Time) {
	record.CallID, record.Direction, record.From, record.To, record.DisplayName = c.ID, c.Direction, c.From, c.To, c.DisplayName
	if c.started.IsZero() {
		c.started = c.created
	}
	record.StartTime, record.EndTime = *stamp(c.started), *stamp(ended)
	record.RingTime, record.AnswerTime = stamp(c.rang), stamp(c.picked)
	record.SIPCode, record.EndedBy = e.status, string(e.by)
	if !c.picked.IsZero() {
		record.SIPCode = 200
		record.Duration = int(ended.Sub(c.picked).Round(time.Second) / time.Second)
	}
	record.Reason = c.reason(e)
	c.record = record
	close(c.over)
	c.phone.emit(func(h Handlers) {
		if h.OnEnd != nil {
			h.OnEnd(c, *record)
		}
	})
	watchers := c.watchers
	c.watchers = nil
	for _, f := range watchers {
		f()
	}
}

func (c *Call) reason(e end) string {
	switch {
	case e.cause == 200 && c.picked.IsZero():
		return "Answered elsewhere"
	case c.err != nil:
		return c.err.Message
	case !c.picked.IsZero() && e.by == byLocal:
		return "Hung up"
	case !c.picked.IsZero() && e.by == byRemote:
		return "The other side hung up"
	case !c.picked.IsZero():
		return "The connection was lost"
	case e.status == 603:
		return "Declined"
	}
	return "Cancelled"
}
