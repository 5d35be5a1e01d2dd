package sip_test

import (
	"slices"
	"strings"
	"testing"

	"webphone/internal/sip"
)

// invite is an INVITE that came over two proxies, the nearest first.
func invite(t *testing.T) *sip.Request {
	t.Helper()
	return mustParse(t, strings.Join([]string{
		"INVITE sip:bob@client.invalid SIP/2.0",
		"Via: SIP/2.0/WSS proxy.example.com;branch=z9hG4bKtest",
		"Record-Route: <sip:two@proxy.example.com;lr>",
		"Record-Route: <sip:one@proxy.example.com;lr>",
		"Max-Forwards: 70",
		"From: \"Alice\" <sip:alice@example.com>;tag=from",
		"To: <sip:bob@example.com>",
		"Call-ID: call",
		"CSeq: 7 INVITE",
		"Contact: <sip:alice@there.invalid;transport=ws>",
		"Allow: INVITE, ACK, BYE, REFER",
		"Supported: Replaces, timer",
		"Recv-Info: trickle-ice",
		"Authorization: Digest username=\"alice\"",
		"Content-Length: 0", "", "",
	}, "\r\n")).(*sip.Request)
}

// answer is a 200 to that INVITE, as its caller gets it.
func answer(t *testing.T, tag string) *sip.Response {
	t.Helper()
	res := sip.NewResponse(invite(t), 200, "")
	res.To().Params.Remove("tag")
	if tag != "" {
		res.To().Params.Add("tag", tag)
	}
	contact := mustParse(t, strings.Replace(options(1), "To: ", "Contact: <sip:bob@here.invalid>\r\nTo: ", 1)).(*sip.Request).Contact()
	res.AppendHeader(contact)
	return res
}

// lines are what stands in a request, but for what a test does not look at.
func lines(req *sip.Request, names ...string) (found []string) {
	first, rest, _ := strings.Cut(string(sip.Bytes(req)), "\r\n")
	found = append(found, first)
	for line := range strings.SplitSeq(rest, "\r\n") {
		if name, _, _ := strings.Cut(line, ":"); slices.Contains(names, name) {
			found = append(found, line)
		}
	}
	return found
}

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var dialogFields = []string{"Route", "From", "To", "Call-ID", "CSeq", "Max-Forwards"}

func TestACallersRequestsGoTheRecordedWayBackwards(t *testing.T) {
	d := sip.NewCallerDialog(answer(t, "to"))
	equal(t, lines(d.Request(sip.BYE), dialogFields...),
		"BYE sip:bob@here.invalid SIP/2.0",
		"Route: <sip:one@proxy.example.com;lr>",
		"Route: <sip:two@proxy.example.com;lr>",
		"Max-Forwards: 70",
		`From: "Alice" <sip:alice@example.com>;tag=from`,
		"To: <sip:bob@example.com>;tag=to",
		"Call-ID: call",
		"CSeq: 8 BYE")
	if !d.Caller || d.RemoteTag() != "to" {
		t.Errorf("%+v", d)
	}
}

func TestACalleesRequestsGoTheRecordedWay(t *testing.T) {
	d := sip.NewCalleeDialog(invite(t), "to")
	equal(t, lines(d.Request(sip.BYE), dialogFields...),
		"BYE sip:alice@there.invalid;transport=ws SIP/2.0",
		"Route: <sip:two@proxy.example.com;lr>",
		"Route: <sip:one@proxy.example.com;lr>",
		"Max-Forwards: 70",
		"From: <sip:bob@example.com>;tag=to",
		`To: "Alice" <sip:alice@example.com>;tag=from`,
		"Call-ID: call",
		"CSeq: 1 BYE")
	if d.Caller || d.RemoteTag() != "from" || d.RemoteSeq != 7 {
		t.Errorf("%+v", d)
	}
}

func TestAnACKHasTheNumberAndTheCredentialsOfItsINVITE(t *testing.T) {
	d := sip.NewCallerDialog(answer(t, "to"))
	d.Request(sip.INFO)
	equal(t, lines(d.ACK(invite(t)), "CSeq", "Authorization"),
		"ACK sip:bob@here.invalid SIP/2.0", "CSeq: 7 ACK", `Authorization: Digest username="alice"`)
	if d.LocalSeq != 8 {
		t.Errorf("the ACK used up a number: %d", d.LocalSeq)
	}
}

func TestAResponseWithoutATagMakesNoDialog(t *testing.T) {
	if d := sip.NewCallerDialog(answer(t, "")); d != nil {
		t.Errorf("%+v", d)
	}
}

func TestARequestOutOfOrderIsNotAdmitted(t *testing.T) {
	d := sip.NewCalleeDialog(invite(t), "to")
	for _, step := range []struct {
		number uint32
		want   bool
	}{{6, false}, {8, true}, {7, false}, {8, true}, {20, true}} {
		req := invite(t)
		req.CSeq().SeqNo = step.number
		if got := d.Admit(req); got != step.want {
			t.Errorf("%d: %v", step.number, got)
		}
	}
}

func TestARefreshMovesTheTargetAndKeepsTheRoutes(t *testing.T) {
	d := sip.NewCallerDialog(answer(t, "to"))
	d.Refresh(invite(t))
	equal(t, lines(d.Request(sip.INFO), "Route"),
		"INFO sip:alice@there.invalid;transport=ws SIP/2.0",
		"Route: <sip:one@proxy.example.com;lr>", "Route: <sip:two@proxy.example.com;lr>")
	equal(t, d.Allow, "INVITE", "ACK", "BYE", "REFER")
	equal(t, d.Options, "replaces", "timer", "trickle-ice")
}

func TestADialogSharesNothingWithWhatItWasMadeFrom(t *testing.T) {
	res := answer(t, "to")
	d := sip.NewCallerDialog(res)
	before := lines(d.Request(sip.BYE), dialogFields[:4]...)
	res.To().Params.Add("tag", "other")
	res.From().Params.Add("tag", "other")
	res.To().Address.Host = "elsewhere"
	first := d.Request(sip.BYE)
	first.To().Params.Add("tag", "third")
	equal(t, lines(d.Request(sip.BYE), dialogFields[:4]...), before...)
}

func TestAViaHasABranchOfItsOwn(t *testing.T) {
	one, other := sip.NewVia("WSS", "client.invalid"), sip.NewVia("WSS", "client.invalid")
	if !strings.HasPrefix(one.Value(), "SIP/2.0/WSS client.invalid;branch=z9hG4bK") || one.Value() == other.Value() {
		t.Errorf("%s, %s", one.Value(), other.Value())
	}
}
