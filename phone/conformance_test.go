package phone

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
)

// step is one step of a scenario in test/conformance/phone.json, which says what
// each means. The phone in the browser is held to the same file.
type step struct {
	Do, To, Digit string
	Done, Code    string
	Sent          string
	Fields        map[string]string
	Without       []string
	SDP           *bool
	Server        string
	Reply         int
	Tag           string
	Request       string
	Within        bool
	Body, Type    string
	Ack, Cancel   bool
	Accepts       *bool
	Cut           bool
	Wait          int
	Silence       bool
	Event         string
	Detail        map[string]any
	Call          string
}

type conformance struct {
	Addresses []struct {
		Dialled string
		URI     *string
	}
	Shown []struct{ URI, Text string }

	Scenarios []struct {
		Name  string
		Steps []json.RawMessage
	}
}

func readConformance(t *testing.T) (c conformance) {
	t.Helper()
	text, err := os.ReadFile("../test/conformance/phone.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAddressesAreReadAsInTheBrowser(t *testing.T) {
	c := readConformance(t)
	for _, row := range c.Addresses {
		uri, err := toURI(row.Dialled, "example.com")
		switch {
		case row.URI == nil && !errors.Is(err, ErrUnsupported):
			t.Errorf("%q was dialled as %s (%v)", row.Dialled, uri.String(), err)
		case row.URI != nil && (err != nil || uri.String() != *row.URI):
			t.Errorf("%q was dialled as %q (%v), want %s", row.Dialled, uri.String(), err, *row.URI)
		}
	}
	for _, row := range c.Shown {
		uri, err := sip.ParseURI(row.URI)
		if err != nil {
			t.Fatal(err)
		}
		if got := shown(uri, "example.com"); got != row.Text {
			t.Errorf("%s is shown as %q, want %q", row.URI, got, row.Text)
		}
	}
}

func TestThePhoneDoesAsInTheBrowser(t *testing.T) {
	for _, scenario := range readConformance(t).Scenarios {
		t.Run(scenario.Name, func(t *testing.T) {
			config := testAccount
			config.Servers = []string{"wss://one.example.com/sip", "wss://two.example.com/sip"}
			s := &stage{bench: newBench(t, config), sent: map[sip.Method]*sip.Request{}, doing: map[string][]func() error{}}
			for i, raw := range scenario.Steps {
				var st step
				decoder := json.NewDecoder(strings.NewReader(string(raw)))
				decoder.DisallowUnknownFields()
				if err := decoder.Decode(&st); err != nil {
					t.Fatalf("step %d: %v", i+1, err)
				}
				s.at = fmt.Sprintf("step %d, %s", i+1, raw)
				s.play(st)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// stage plays scenarios.
type stage struct {
	*bench
	at     string
	sent   map[sip.Method]*sip.Request
	doing  map[string][]func() error
	invite *sip.Request  // the far end's
	ok     *sip.Response // the phone's last 200 to an INVITE
	number uint32        // CSeq of the far end
	seen   []event
}

func (s *stage) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s: %s", s.at, fmt.Sprintf(format, args...))
}

func (s *stage) play(st step) {
	switch {
	case st.Do != "":
		s.begin(st)
	case st.Done != "":
		s.finished(st)
	case st.Sent != "":
		s.expect(st)
	case st.Reply != 0:
		req := s.sent[sip.Method(st.To)]
		if req == nil {
			s.fail("the phone has sent no %s", st.To)
		}
		s.answer(req, st)
	case st.Request != "":
		s.far(st)
	case st.Ack:
		s.bench.ack(s.invite, s.ok, "")
	case st.Cancel:
		s.give(sip.NewCancel(s.invite))
	case st.Accepts != nil:
		s.mu.Lock()
		s.silent["wss://"+st.Server+".example.com/sip"] = !*st.Accepts
		s.mu.Unlock()
	case st.Cut:
		s.cut()
	case st.Wait > 0:
		s.advance(time.Duration(st.Wait) * time.Millisecond)
	case st.Silence:
		if msg := s.next(); msg != nil {
			s.fail("the phone sent\n%s", msg)
		}
	case st.Event != "":
		s.event(st)
	case st.Call != "":
		if call := s.phone.Call(); call == nil || string(call.State()) != st.Call {
			s.fail("the call is %v", call)
		}
	default:
		s.fail("no such step")
	}
}

func (s *stage) begin(st step) {
	p := s.phone
	f, ok := map[string]func(context.Context) error{
		"register": p.Register, "unregister": p.Unregister, "answer": p.Answer, "hangup": p.Hangup, "hold": p.Hold, "unhold": p.Unhold,
		"makeCall": func(ctx context.Context) error { _, err := p.MakeCall(ctx, st.To); return err },
		"transfer": func(ctx context.Context) error { return p.Transfer(ctx, st.To) },
		"press":    func(ctx context.Context) error { return p.DialpadPress(ctx, []rune(st.Digit)[0]) },
	}[st.Do]
	if !ok {
		s.fail("the phone has no %s", st.Do)
	}
	s.doing[st.Do] = append(s.doing[st.Do], s.go_(f))
}

func (s *stage) finished(st step) {
	if len(s.doing[st.Done]) == 0 {
		s.fail("nothing of that name is under way")
	}
	err := s.doing[st.Done][0]()
	s.doing[st.Done] = s.doing[st.Done][1:]
	var known *Error
	switch {
	case st.Code == "" && err != nil:
		s.fail("it failed: %v", err)
	case st.Code != "" && (!errors.As(err, &known) || string(known.Code) != st.Code):
		s.fail("it ended with %v", err)
	}
}

func (s *stage) expect(st step) {
	msg := s.next()
	var got string
	switch m := msg.(type) {
	case nil:
		s.fail("the phone sent nothing")
	case *sip.Request:
		got = string(m.Method)
		s.sent[m.Method] = m
	case *sip.Response:
		got = fmt.Sprintf("%d %s", m.StatusCode, m.CSeq().MethodName)
		if m.StatusCode == 200 && m.CSeq().MethodName == sip.INVITE {
			s.ok = m
		}
	}
	if got != st.Sent {
		s.fail("the phone sent\n%s", msg)
	}
	for name, pattern := range st.Fields {
		var values []string
		for _, h := range msg.GetHeaders(name) {
			values = append(values, h.Value())
		}
		if text := strings.Join(values, ", "); !regexp.MustCompile(pattern).MatchString(text) {
			s.fail("%s is %q", name, text)
		}
	}
	for _, name := range st.Without {
		if len(msg.GetHeaders(name)) > 0 {
			s.fail("there is a %s", name)
		}
	}
	if st.SDP != nil && *st.SDP != (len(msg.Body()) > 0) {
		s.fail("the body is %q", msg.Body())
	}
	if url := s.conn().url; st.Server != "" && url != "wss://"+st.Server+".example.com/sip" {
		s.fail("it went to %s", url)
	}
}

// fields are the header fields that a step has its message carry.
func (st step) fields() (headers []sip.Header) {
	for name, value := range st.Fields {
		headers = append(headers, sip.NewHeader(name, value))
	}
	return headers
}

func (s *stage) answer(req *sip.Request, st step) {
	headers := st.fields()
	if req.Method == sip.REGISTER && st.Reply == 200 {
		contact := *req.Contact()
		contact.Params = sip.HeaderParams{}
		headers = append(headers, &contact)
	}
	sdp := ""
	if st.SDP != nil && *st.SDP {
		sdp = farSDP
	}
	tag := st.Tag
	if tag == "" {
		tag = "far"
	}
	s.replyAs(tag, req, st.Reply, sdp, headers...)
}

func (s *stage) far(st step) {
	sdp := ""
	if st.SDP != nil && *st.SDP {
		sdp = farSDP
	}
	if !st.Within {
		s.invite = s.bench.invite(sdp, st.fields()...)
		s.number = 1
		s.give(s.invite)
		return
	}
	s.number++
	var req *sip.Request
	if s.invite != nil {
		req = s.bench.within(s.invite, sip.Method(st.Request), s.number, st.fields()...)
		req.From().Params, req.To().Params = s.invite.From().Params.Clone(), s.ok.To().Params.Clone()
	} else {
		req = s.bench.within(s.sent[sip.INVITE], sip.Method(st.Request), s.number, st.fields()...)
	}
	setBody(req, sdp)
	if st.Body != "" {
		contentType := sip.ContentTypeHeader(st.Type)
		req.AppendHeader(&contentType)
		req.SetBody([]byte(st.Body))
	}
	s.give(req)
}

func (s *stage) event(st step) {
	s.seen = append(s.seen, s.took()...)
	if len(s.seen) == 0 {
		s.fail("no event came")
	}
	e := s.seen[0]
	s.seen = s.seen[1:]
	if e.name != st.Event {
		s.fail("%s came (%+v)", e.name, e.arg)
	}
	detail := map[string]any{}
	if e.call != nil {
		detail["direction"], detail["from"], detail["to"] = string(e.call.Direction), e.call.From, e.call.To
		detail["displayName"] = e.call.DisplayName
	}
	switch arg := e.arg.(type) {
	case int:
		detail["code"] = float64(arg)
	case CDR:
		text, _ := json.Marshal(arg)
		_ = json.Unmarshal(text, &detail)
	case Registration:
		detail["server"], detail["expires"] = arg.Server, arg.Expires.Seconds()
	case string:
		detail["reason"] = arg
	case *Error:
		detail["code"], detail["message"] = string(arg.Code), arg.Message
	}
	for name, want := range st.Detail {
		if !reflect.DeepEqual(detail[name], want) {
			s.fail("%s is %v", name, detail[name])
		}
	}
}
