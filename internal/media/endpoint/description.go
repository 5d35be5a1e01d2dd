package endpoint

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/sdp/v3"

	"webphone/internal/media"
)

const (
	// maxDescription bounds a session description in bytes.
	maxDescription = 64 << 10
	// maxSections bounds its media sections.
	maxSections = 8
	// maxFormats bounds the formats that are looked at in a media section.
	maxFormats = 64
)

// section is what an answer and a later offer have to repeat of a media section
// (RFC 3264 §8).
type section struct {
	media, proto, formats, mid string
}

// remote is what is known of the other side by its description.
type remote struct {
	sections []section
	// audio is the index of the section that we take.
	audio     int
	codecs    []codec
	direction string
	// ufrag and pwd name the generation of its ICE (RFC 8839 §5.4).
	ufrag, pwd string
	lite       bool
	// fingerprints name its DTLS certificates (RFC 8122 §5), as "sha-256 AB:…".
	fingerprints []string
	setup        string
	mux          bool
	bundled      bool
	candidates   []string
}

// mids are those of all its sections.
func (r *remote) mid() string { return r.sections[r.audio].mid }

func (r *remote) hasMid(mid string) bool {
	return slices.ContainsFunc(r.sections, func(s section) bool { return s.mid == mid })
}

// holds tells whether it sends nothing or wants to hear nothing (RFC 3264 §8.4).
func (r *remote) holds() bool { return r.direction == "sendonly" || r.direction == "inactive" }

var (
	// iceChars are those of RFC 8839 §5.4.
	ufragShape = regexp.MustCompile(`^[A-Za-z0-9+/]{4,256}$`)
	pwdShape   = regexp.MustCompile(`^[A-Za-z0-9+/]{22,256}$`)
	tokenShape = regexp.MustCompile(`^[!#$%&'*+\-.0-9A-Z^_` + "`" + `a-z{|}~]{1,64}$`)

	errNoAudio = errors.New("no audio section")
)

// readRemote reads an offer or answer. at is the index that the audio section
// has to have, -1 for the first one that is not refused.
func readRemote(text string, at int) (*remote, error) {
	if len(text) > maxDescription {
		return nil, fmt.Errorf("longer than %d bytes", maxDescription)
	}
	var description sdp.SessionDescription
	if err := description.UnmarshalString(text); err != nil {
		return nil, err
	}
	if n := len(description.MediaDescriptions); n == 0 || n > maxSections {
		return nil, fmt.Errorf("%d media sections (1 to %d are taken)", n, maxSections)
	}
	r := &remote{audio: -1}
	groups := ""
	session := map[string]string{}
	direction, _ := media.SplitDirection(description.Attributes, "sendrecv")
	for _, attribute := range description.Attributes {
		if attribute.Key == "group" && strings.HasPrefix(attribute.Value, "BUNDLE ") {
			groups = attribute.Value
		}
	}
	r.note(description.Attributes, session)
	for i, m := range description.MediaDescriptions {
		mid, _ := m.Attribute("mid")
		if mid != "" && !tokenShape.MatchString(mid) {
			return nil, errors.New("its mid")
		}
		_, alone := m.Attribute("bundle-only")
		r.sections = append(r.sections, section{
			m.MediaName.Media, strings.Join(m.MediaName.Protos, "/"), strings.Join(m.MediaName.Formats, " "), mid,
		})
		used := m.MediaName.Media == "audio" && (m.MediaName.Port.Value != 0 || alone)
		if used && r.audio < 0 && (at < 0 || at == i) {
			r.audio = i
		}
	}
	if r.audio < 0 {
		return nil, errNoAudio
	}
	audio := description.MediaDescriptions[r.audio]
	r.direction, _ = media.SplitDirection(audio.Attributes, direction)
	r.bundled = slices.Contains(strings.Fields(groups), r.mid()) && r.mid() != ""
	own := map[string]string{}
	r.note(audio.Attributes, own)
	// What the audio section does not say is said for the session, or in the
	// section that it is bundled with (RFC 9143 §7.1.3).
	r.inherit(own, session)
	if r.bundled && r.ufrag == "" {
		if tagged := slices.IndexFunc(r.sections, func(s section) bool {
			return s.mid != "" && strings.HasPrefix(groups+" ", "BUNDLE "+s.mid+" ")
		}); tagged >= 0 {
			r.note(description.MediaDescriptions[tagged].Attributes, own)
			r.inherit(own, session)
		}
	}
	r.readFormats(audio)
	return r, r.check()
}

// note takes what matters out of the attributes of a session or section.
func (r *remote) note(attributes []sdp.Attribute, values map[string]string) {
	for _, attribute := range attributes {
		switch attribute.Key {
		case "ice-ufrag", "ice-pwd", "setup":
			values[attribute.Key] = attribute.Value
		case "ice-lite":
			r.lite = true
		case "rtcp-mux":
			r.mux = true
		case "fingerprint":
			name, value, _ := strings.Cut(attribute.Value, " ")
			if print := strings.ToLower(name) + " " + strings.ToUpper(value); !slices.Contains(r.fingerprints, print) {
				r.fingerprints = append(r.fingerprints, print)
			}
		case "candidate":
			if len(r.candidates) < media.MaxLateCandidates {
				r.candidates = append(r.candidates, attribute.Value)
			}
		}
	}
}

func (r *remote) inherit(own, session map[string]string) {
	of := func(name string) string {
		if value, is := own[name]; is {
			return value
		}
		return session[name]
	}
	r.ufrag, r.pwd, r.setup = of("ice-ufrag"), of("ice-pwd"), of("setup")
}

func (r *remote) readFormats(audio *sdp.MediaDescription) {
	maps := map[string]string{}
	for _, attribute := range audio.Attributes {
		if attribute.Key == "rtpmap" {
			format, value, _ := strings.Cut(attribute.Value, " ")
			maps[format] = strings.TrimSpace(value)
		}
	}
	for i, format := range audio.MediaName.Formats {
		if c, ok := parseFormat(format, maps[format]); ok && i < maxFormats {
			r.codecs = append(r.codecs, c)
		}
	}
}

func (r *remote) check() error {
	switch {
	case !ufragShape.MatchString(r.ufrag) || !pwdShape.MatchString(r.pwd):
		return errors.New("no ICE credentials (RFC 8839 §5.4)")
	case r.setup != "" && !slices.Contains([]string{"actpass", "active", "passive"}, r.setup):
		return errors.New("its setup (RFC 4145 §4)")
	}
	r.fingerprints = slices.DeleteFunc(r.fingerprints, func(print string) bool {
		name, value, _ := strings.Cut(print, " ")
		_, err := fingerprint.HashFromString(name)
		return err != nil || value == "" || !strings.HasPrefix(name, "sha-") || name == "sha-1"
	})
	if len(r.fingerprints) == 0 {
		return errors.New("no fingerprint of SHA-224 or better (RFC 8122 §5)")
	}
	slices.Sort(r.fingerprints)
	return nil
}

// local is what our description says.
type local struct {
	id, version uint64
	sections    []section
	audio       int
	bundle      bool
	codecs      []codec
	direction   string
	setup       string
	mux         bool
	ufrag, pwd  string
	fingerprint string
	candidates  []string
	complete    bool
	ssrc        uint32
	cname       string
}

// text writes it (RFC 8866, RFC 8829 §5.2 and §5.3).
func (l local) text() string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\r\n", values...) }
	line("v=0\r\no=- %d %d IN IP4 127.0.0.1\r\ns=-\r\nt=0 0", l.id, l.version)
	if l.bundle {
		line("a=group:BUNDLE %s", l.sections[l.audio].mid)
	}
	line("a=ice-options:trickle")
	for i, s := range l.sections {
		if i != l.audio {
			line("m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0", s.media, s.proto, s.formats)
			if s.mid != "" {
				line("a=mid:%s", s.mid)
			}
			line("a=inactive")
			continue
		}
		l.writeAudio(line, s)
	}
	return b.String()
}

func (l local) writeAudio(line func(string, ...any), s section) {
	formats := make([]string, 0, len(l.codecs))
	for _, c := range l.codecs {
		formats = append(formats, fmt.Sprint(c.payload))
	}
	host, port := defaultCandidate(l.candidates)
	family := "IP4"
	if strings.Contains(host, ":") {
		family = "IP6"
	}
	line("m=audio %s %s %s\r\nc=IN %s %s", port, s.proto, strings.Join(formats, " "), family, host)
	if s.mid != "" {
		line("a=mid:%s", s.mid)
	}
	line("a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\na=setup:%s", l.ufrag, l.pwd, l.fingerprint, l.setup)
	if l.mux {
		line("a=rtcp-mux")
	}
	line("a=msid:%s audio\r\na=%s", l.cname, l.direction)
	for _, c := range l.codecs {
		line("a=rtpmap:%s", c.rtpmap())
		if c.fmtp != "" {
			line("a=fmtp:%d %s", c.payload, c.fmtp)
		}
	}
	line("a=ptime:20\r\na=ssrc:%d cname:%s", l.ssrc, l.cname)
	for _, candidate := range l.candidates {
		line("a=candidate:%s", candidate)
	}
	if l.complete {
		line("a=end-of-candidates")
	}
}

// defaultCandidate is where a peer without ICE would send (RFC 8839 §4.2.1), and
// port 9 of no address while there is none (RFC 8840 §4.1.3). Middle boxes take
// 0.0.0.0 for a hold.
func defaultCandidate(candidates []string) (host, port string) {
	host, port = "0.0.0.0", "9"
	for _, candidate := range candidates {
		fields := strings.Fields(candidate)
		if len(fields) < 6 || strings.Contains(fields[4], "%") {
			continue
		}
		v4 := !strings.Contains(fields[4], ":")
		if port == "9" || v4 && strings.Contains(host, ":") {
			host, port = fields[4], fields[5]
		}
	}
	return host, port
}

// answerTo is what answers an offered direction (RFC 3264 §6.1), when we hold too.
func answerTo(offered string, held bool) string {
	sends, receives := offered != "sendonly" && offered != "inactive", !held && offered != "recvonly" && offered != "inactive"
	return directionOf(sends, receives)
}

// proposal is the direction of an offer of ours: a section that is received only
// is put on hold by making it inactive (RFC 3264 §8.4).
func proposal(held, remoteHeld bool) string { return directionOf(!held || !remoteHeld, !held) }

func directionOf(sends, receives bool) string {
	switch {
	case sends && receives:
		return "sendrecv"
	case sends:
		return "sendonly"
	case receives:
		return "recvonly"
	}
	return "inactive"
}
