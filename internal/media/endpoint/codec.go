package endpoint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// codec is an audio codec as SDP names it.
type codec struct {
	name     string
	rate     int
	channels int
	payload  uint8
	fmtp     string
}

// codecs are those that can be negotiated, with their static payload types
// (RFC 3551 §6) or the ones that browsers use. The clock of G722 is 8000 Hz for
// historical reasons (RFC 3551 §4.5.2).
var codecs = []codec{
	{"PCMU", 8000, 1, 0, ""},
	{"PCMA", 8000, 1, 8, ""},
	{"G722", 8000, 1, 9, ""},
	{"opus", 48000, 2, 111, "minptime=10;useinbandfec=1"},
}

// events are the telephone events that go with a codec of the same clock
// (RFC 4733 §2.1): digits and A to D.
var events = []codec{
	{"telephone-event", 8000, 1, 101, "0-15"},
	{"telephone-event", 48000, 1, 110, "0-15"},
}

func (c codec) is(other codec) bool {
	return strings.EqualFold(c.name, other.name) && c.rate == other.rate && c.channels == other.channels
}

func (c codec) rtpmap() string {
	if c.channels > 1 {
		return fmt.Sprintf("%d %s/%d/%d", c.payload, c.name, c.rate, c.channels)
	}
	return fmt.Sprintf("%d %s/%d", c.payload, c.name, c.rate)
}

// codecsOf are the codecs of names, in their order.
func codecsOf(names []string) ([]codec, error) {
	if len(names) == 0 {
		names = []string{"PCMU", "PCMA"}
	}
	var found []codec
	for _, name := range names {
		known := false
		for _, c := range codecs {
			if strings.EqualFold(c.name, name) {
				found, known = append(found, c), true
			}
		}
		if !known {
			return nil, fmt.Errorf("media: %q is not a codec: PCMU, PCMA, G722 and opus are", name)
		}
	}
	return found, nil
}

// withEvents adds the telephone events for the clocks of the codecs.
func withEvents(list []codec) []codec {
	all := append([]codec(nil), list...)
	for _, event := range events {
		for _, c := range list {
			if c.rate == event.rate {
				all = append(all, event)
				break
			}
		}
	}
	return all
}

// parseFormat reads a payload type and its rtpmap, which static ones may lack.
func parseFormat(format, rtpmap string) (c codec, ok bool) {
	payload, err := strconv.ParseUint(format, 10, 7)
	if err != nil {
		return c, false
	}
	if rtpmap == "" {
		for _, static := range codecs {
			if static.payload == uint8(payload) && payload < 96 {
				return static, true
			}
		}
		return c, false
	}
	parts := strings.Split(rtpmap, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return c, false
	}
	c = codec{name: parts[0], channels: 1, payload: uint8(payload)}
	if c.rate, err = strconv.Atoi(parts[1]); err != nil {
		return c, false
	}
	if len(parts) == 3 {
		if c.channels, err = strconv.Atoi(parts[2]); err != nil {
			return c, false
		}
	}
	return c, true
}

// common are those of ours that the other side has too, with its payload types,
// and then the telephone events of their clocks. It is empty without a codec.
// The order is ours in an answer of ours and theirs in one of theirs (RFC 3264
// §6.1).
func common(ours, theirs []codec, byTheirs bool) []codec {
	var found []codec
	order, others := ours, theirs
	if byTheirs {
		order, others = theirs, ours
	}
	for _, c := range order {
		if at := indexOf(others, c); at >= 0 && !c.isEvent() {
			found = append(found, pair(c, others[at], byTheirs))
		}
	}
	for _, event := range withEvents(found)[len(found):] {
		if at := indexOf(theirs, event); at >= 0 && (!byTheirs || indexOf(ours, event) >= 0) {
			found = append(found, pair(event, theirs[at], false))
		}
	}
	return found
}

// pair is our codec under their payload type; swapped says that ours is second.
func pair(ours, theirs codec, swapped bool) codec {
	if swapped {
		ours, theirs = theirs, ours
	}
	ours.payload = theirs.payload
	return ours
}

func indexOf(list []codec, c codec) int { return slices.IndexFunc(list, c.is) }

func (c codec) isEvent() bool { return strings.EqualFold(c.name, "telephone-event") }

// numbered gives the codecs the payload types that they have had in the call,
// which never change (RFC 3264 §8.3.2), and free ones to those that clash.
func numbered(list, before []codec) []codec {
	var used [128]bool
	for _, c := range before {
		used[c.payload] = true
	}
	result := slices.Clone(list)
	for i, c := range result {
		if at := indexOf(before, c); at >= 0 {
			result[i].payload = before[at].payload
			continue
		}
		for free := uint8(127); used[result[i].payload] && free >= 96; free-- {
			result[i].payload = free
		}
		used[result[i].payload] = true
	}
	return result
}
