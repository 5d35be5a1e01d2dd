package pcm

import (
	"fmt"

	"github.com/zaf/g711"
)

// Law is one of the two encodings of ITU-T G.711; its value is the static RTP
// payload type (RFC 3551 §6).
type Law uint8

const (
	// Mu is µ-law, PCMU.
	Mu Law = 0
	// A is A-law, PCMA.
	A Law = 8
)

// LawOf is the encoding of a payload type; false for those that are not G.711.
func LawOf(payloadType uint8) (Law, bool) {
	law := Law(payloadType)
	return law, law == Mu || law == A
}

// String is the name in SDP.
func (l Law) String() string {
	switch l {
	case Mu:
		return "PCMU"
	case A:
		return "PCMA"
	}
	return fmt.Sprintf("payload type %d", uint8(l))
}

// Encode appends one byte for each sample.
func (l Law) Encode(dst []byte, samples []int16) []byte {
	encode := g711.EncodeUlawFrame
	if l == A {
		encode = g711.EncodeAlawFrame
	}
	for _, sample := range samples {
		dst = append(dst, encode(sample))
	}
	return dst
}

// Decode appends one sample for each byte.
func (l Law) Decode(dst []int16, payload []byte) []int16 {
	decode := g711.DecodeUlawFrame
	if l == A {
		decode = g711.DecodeAlawFrame
	}
	for _, b := range payload {
		dst = append(dst, decode(b))
	}
	return dst
}
