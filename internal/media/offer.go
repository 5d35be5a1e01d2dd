package media

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// maxSections bounds the media sections of an offer.
const maxSections = 8

// Directions of a media section (RFC 8866 §6.7), and what answers each
// (RFC 3264 §6.1).
var answers = map[string]string{
	"sendrecv": "sendrecv",
	"sendonly": "recvonly",
	"recvonly": "sendonly",
	"inactive": "inactive",
}

// offered is what is known of an offer.
type offered struct {
	// text is the offer with every section sendrecv. Pion stops a transceiver
	// for good when a section turns inactive and keeps sending to one that is
	// sendonly, so a hold is ours to answer: Pion never sees it.
	text       string
	directions []string
	mids       []string
	// fingerprints name the caller's DTLS certificates (RFC 8122 §5), and ufrag
	// the generation of its candidates (RFC 8839 §5.4).
	fingerprints []string
	ufrag        string
}

// readOffer judges an offer by its bounds and reads what Pion does not tell.
func readOffer(text string) (o offered, err error) {
	if len(text) > maxOfferBytes {
		return o, fmt.Errorf("%w: longer than %d bytes", ErrOffer, maxOfferBytes)
	}
	var description sdp.SessionDescription
	if err := description.UnmarshalString(text); err != nil {
		return o, fmt.Errorf("%w: %w", ErrOffer, err)
	}
	if n := len(description.MediaDescriptions); n == 0 || n > maxSections {
		return o, fmt.Errorf("%w: %d media sections (1 to %d are taken)", ErrOffer, n, maxSections)
	}
	session, rest := SplitDirection(description.Attributes, "sendrecv")
	description.Attributes = rest
	o.note(description.Attributes)
	for _, section := range description.MediaDescriptions {
		direction, rest := SplitDirection(section.Attributes, session)
		section.Attributes = append(rest, sdp.NewPropertyAttribute("sendrecv"))
		o.directions = append(o.directions, direction)
		o.note(section.Attributes)
	}
	slices.Sort(o.fingerprints)
	o.fingerprints = slices.Compact(o.fingerprints)
	rewritten, err := description.Marshal()
	if err != nil {
		return o, fmt.Errorf("%w: %w", ErrOffer, err)
	}
	o.text = string(rewritten)
	return o, nil
}

func (o *offered) note(attributes []sdp.Attribute) {
	for _, attribute := range attributes {
		switch attribute.Key {
		case "fingerprint":
			o.fingerprints = append(o.fingerprints, strings.ToLower(attribute.Value))
		case "mid":
			o.mids = append(o.mids, attribute.Value)
		case "ice-ufrag":
			// All sections share one transport, that of the first.
			if o.ufrag == "" {
				o.ufrag = attribute.Value
			}
		}
	}
}

// giveDirections puts into an answer the directions that answer the offered
// ones, and tells for each section whether we send.
func giveDirections(answer string, offered []string) (rewritten string, sending map[string]bool, err error) {
	var description sdp.SessionDescription
	if err := description.UnmarshalString(answer); err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrOffer, err)
	}
	agreed := false
	sending = map[string]bool{}
	for i, section := range description.MediaDescriptions {
		if section.MediaName.Port.Value == 0 || i >= len(offered) {
			continue
		}
		agreed = true
		direction := answers[offered[i]]
		_, rest := SplitDirection(section.Attributes, "")
		section.Attributes = append(rest, sdp.NewPropertyAttribute(direction))
		mid, _ := section.Attribute("mid")
		sending[mid] = direction == "sendrecv" || direction == "sendonly"
	}
	if !agreed {
		return "", nil, ErrNoCodec
	}
	text, err := description.Marshal()
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrOffer, err)
	}
	return string(text), sending, nil
}

// SplitDirection takes the direction out of a section's attributes; inherited
// is that of one without (RFC 8866 §6.7).
func SplitDirection(attributes []sdp.Attribute, inherited string) (direction string, rest []sdp.Attribute) {
	direction = inherited
	for _, attribute := range attributes {
		if _, is := answers[attribute.Key]; is {
			direction = attribute.Key
		} else {
			rest = append(rest, attribute)
		}
	}
	return direction, rest
}
