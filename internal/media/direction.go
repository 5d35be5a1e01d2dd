package media

import (
	"fmt"

	"github.com/pion/sdp/v3"
)

// Directions of a media section (RFC 8866 §6.7), and what answers each
// (RFC 3264 §6.1).
var answers = map[string]string{
	"sendrecv": "sendrecv",
	"sendonly": "recvonly",
	"recvonly": "sendonly",
	"inactive": "inactive",
}

// takeDirections reads an offer's directions, one for each section, and makes
// every section sendrecv. Pion stops a transceiver for good when a section
// turns inactive and keeps sending to one that is sendonly, so a hold is ours
// to answer: Pion never sees it.
func takeDirections(offer string) (rewritten string, directions []string, err error) {
	if len(offer) > maxOfferBytes {
		return "", nil, fmt.Errorf("%w: longer than %d bytes", ErrOffer, maxOfferBytes)
	}
	var description sdp.SessionDescription
	if err := description.UnmarshalString(offer); err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrOffer, err)
	}
	if n := len(description.MediaDescriptions); n == 0 || n > maxSections {
		return "", nil, fmt.Errorf("%w: %d media sections (1 to %d are taken)", ErrOffer, n, maxSections)
	}
	session, rest := splitDirection(description.Attributes, "sendrecv")
	description.Attributes = rest
	for _, section := range description.MediaDescriptions {
		direction, rest := splitDirection(section.Attributes, session)
		section.Attributes = append(rest, sdp.NewPropertyAttribute("sendrecv"))
		directions = append(directions, direction)
	}
	text, err := description.Marshal()
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrOffer, err)
	}
	return string(text), directions, nil
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
		_, rest := splitDirection(section.Attributes, "")
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

func splitDirection(attributes []sdp.Attribute, inherited string) (direction string, rest []sdp.Attribute) {
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
