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
