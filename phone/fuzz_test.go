package phone

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
)

// FuzzServer gives a phone in each of its states what a server might send:
// several messages, divided by "\n--\n". In them, what only the other side of
// the phone's own call can know stands as a word in capitals. Whatever comes, the
// phone neither crashes nor hangs, and a call ends exactly once.
func FuzzServer(f *testing.F) {
	const (
		within = "Via: SIP/2.0/WSS far.example.com;branch=z9hG4bKx%\r\nFrom: <sip:1002@example.com>;tag=far\r\nTo: <sip:1001@example.com>;tag=LOCAL\r\nCall-ID: CALL\r\nMax-Forwards: 70\r\n"
		answer = "Via: VIA\r\nFrom: <sip:1001@example.com>;tag=LOCAL\r\nTo: <sip:1002@example.com>;tag=far\r\nCall-ID: CALL\r\nCSeq: SEQ METHOD\r\n"
		sized  = "Content-Length: 0\r\n\r\n"
	)
	within_ := func(method, number, more string) string {
		return method + " sip:1001@x.invalid SIP/2.0\r\n" + strings.ReplaceAll(within, "%", method+number) + "CSeq: " + number + " " + method + "\r\n" + more + sized
	}
	fresh := func(method, more string) string {
		return method + " sip:1001@x.invalid SIP/2.0\r\nVia: SIP/2.0/WSS far.example.com;branch=z9hG4bKn" + method + "\r\nFrom: <sip:9@example.com>;tag=n\r\nTo: <sip:1001@example.com>\r\nCall-ID: new\r\nCSeq: 1 " + method + "\r\nMax-Forwards: 70\r\n" + more + sized
	}
	reply := func(status, more string) string { return "SIP/2.0 " + status + " X\r\n" + answer + more + sized }
	refer := within_("REFER", "5", "Refer-To: <sip:1003@example.com?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\r\n")
	seeds := []string{
		reply("200", ""), reply("200", "Contact: <sip:a@b>\r\nSession-Expires: 90;refresher=uac\r\nRecord-Route: <sip:p;lr>, <sip:q;lr>\r\n"),
		strings.Replace(reply("200", ""), ";tag=far", "", 1), reply("302", "Contact: *\r\n"), reply("302", "Contact: <sip:a@b>;q=x, <tel:1>\r\n"),
		reply("183", "Require: 100rel\r\nRSeq: 1\r\n") + "\n--\n" + reply("183", "Require: 100rel\r\nRSeq: 2\r\n"),
		reply("422", "Min-SE: 100\r\n"), reply("401", "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n"), reply("423", "Min-Expires: 700\r\n"), reply("503", "Retry-After: 3\r\n"),
		reply("199", "") + "\n--\n" + reply("486", ""),
		within_("INVITE", "2", ""), within_("INVITE", "2", "Contact: <sip:a@b>\r\n") + "\n--\n" + within_("ACK", "2", ""), within_("UPDATE", "3", "Session-Expires: 90\r\n"),
		within_("INFO", "4", "Info-Package: trickle-ice\r\n"), within_("INFO", "4", "Content-Type: application/dtmf-relay\r\n"), refer, refer + "\n--\n" + strings.ReplaceAll(refer, " 5 ", " 6 "),
		within_("NOTIFY", "6", "Event: refer\r\nSubscription-State: terminated\r\n"), within_("BYE", "7", "Reason: SIP;cause=200\r\n"), within_("PRACK", "8", ""), within_("OPTIONS", "9", "Require: x\r\n"),
		fresh("INVITE", ""), fresh("INVITE", "Replaces: CALL;to-tag=LOCAL;from-tag=far\r\n"), fresh("INVITE", "Session-Expires: 10\r\nSupported: timer\r\n") + "\n--\n" + strings.Replace(fresh("CANCEL", ""), "KnCANCEL", "KnINVITE", 1),
		fresh("INVITE", "") + "\n--\n" + strings.Replace(fresh("CANCEL", ""), "KnCANCEL", "KnINVITE", 1), fresh("INVITE", "") + "\n--\n" + strings.Replace(fresh("INVITE", ""), "KnINVITE", "Kother", 1), fresh("OPTIONS", ""), fresh("NOTIFY", ""), fresh("REGISTER", ""),
		"garbage", "",
	}
	for state := range uint8(states) {
		for _, seed := range seeds {
			f.Add(state, false, []byte(seed))
			f.Add(state, true, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, state uint8, long bool, data []byte) {
		if len(data) > 16<<10 {
			return
		}
		b := newBench(t, testAccount)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		own := b.prepare(ctx, state%states)
		words := []string{"LOCAL", own.From().Params.GetOr("tag", ""), "CALL", own.CallID().Value(), "VIA", own.Via().Value(), "SEQ", seqOf(own), "METHOD", string(own.Method)}
		conn := b.conn()
		for _, part := range bytes.Split(data, []byte("\n--\n")) {
			text := strings.NewReplacer(words...).Replace(string(part))
			if msg, err := sip.Parse([]byte(text)); err == nil {
				conn.cfg.OnMessage(conn, msg)
			}
		}
		b.advance(time.Second)
		if long {
			b.advance(4 * time.Minute)
		}
		cancel()
		bounded(t, "Close", func() { _ = b.phone.Close(ctx) })
		ends := map[*Call]int{}
		for _, e := range b.took() {
			if e.name == "ringingin" || e.name == "answer" {
				ends[e.call] += 0
			} else if e.name == "end" {
				ends[e.call]++
			}
		}
		for call, n := range ends {
			if n != 1 {
				t.Errorf("call %s ended %d times", call.ID, n)
			}
		}
	})
}

// states are those that prepare knows.
const states = 10

func seqOf(req *sip.Request) string {
	n, _, _ := strings.Cut(req.CSeq().Value(), " ")
	return n
}

// prepare brings a phone into a state, and gives its last request of note.
func (b *bench) prepare(ctx context.Context, state uint8) *sip.Request {
	start := func(f func(context.Context) error) { go func() { _ = f(ctx) }() }
	await := func() *sip.Request {
		for {
			if msg := b.next(); msg != nil {
				return msg.(*sip.Request)
			}
			time.Sleep(50 * time.Microsecond)
		}
	}
	dial := func(ctx context.Context) error {
		_, err := b.phone.MakeCall(ctx, "1002")
		return err
	}
	if state < 2 || state >= 8 {
		start(b.phone.Register)
		req := await()
		if state == 0 { // a registration under way
			return req
		}
		b.reply(req, 200, "", sip.NewHeader("Contact", req.Contact().Value()))
		if state == 1 { // registered
			return req
		}
	}
	if state >= 8 { // a call rings
		b.give(b.invite(farSDP))
		res := b.response(180)
		if state == 9 { // answered, without an ACK
			start(b.phone.Answer)
			b.advance(0)
		}
		own := sip.NewRequest(sip.INVITE, sip.URI{Scheme: "sip", Host: "x.invalid"})
		from := &sip.FromHeader{Address: res.To().Address, Params: res.To().Params.Clone()}
		for _, h := range []sip.Header{res.Via(), from, res.CallID(), res.CSeq()} {
			own.AppendHeader(h)
		}
		return own
	}
	start(dial)
	invite := await()
	switch state {
	case 2: // calling
		return invite
	case 3: // it rings there
		b.reply(invite, 180, "")
		return invite
	case 4: // cancelled
		b.reply(invite, 180, "")
		start(b.phone.Hangup)
		await()
		return invite
	}
	b.reply(invite, 200, farSDP, sip.NewHeader("Allow", "INVITE, UPDATE, BYE, INFO, REFER"), sip.NewHeader("Supported", "timer, trickle-ice"))
	await()
	switch state {
	case 6: // a hold under way
		start(b.phone.Hold)
		await()
	case 7: // a transfer under way
		start(func(ctx context.Context) error { return b.phone.Transfer(ctx, "1003") })
		await()
	}
	return invite
}
