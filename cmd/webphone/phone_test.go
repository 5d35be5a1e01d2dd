package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"webphone/internal/sip"
)

// phone is a SIP client that is written by hand and speaks to a real process.
type phone struct {
	t              *testing.T
	user, password string
	instance       string
	tag            string
	cseq           int
	ws             *websocket.Conn
	incoming       chan sip.Message
	gone           chan struct{}
	close          func()
}

func newPhone(t *testing.T, user, password string) *phone {
	p := &phone{t: t, user: user, password: password, instance: "urn:uuid:" + sip.NewTag(), tag: sip.NewTag()}
	t.Cleanup(func() { p.close() })
	return p
}

// connect opens a connection, registers over it and returns the 200.
func (p *phone) connect(url string) *sip.Response {
	p.t.Helper()
	if p.close != nil {
		p.close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	transport := &http.Transport{}
	ws, _, err := websocket.Dial(ctx, url+"sip", &websocket.DialOptions{
		Subprotocols: []string{"sip"}, HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	incoming, gone := make(chan sip.Message, 100), make(chan struct{})
	p.ws, p.incoming, p.gone = ws, incoming, gone
	go func() {
		defer close(gone)
		for {
			_, data, err := ws.Read(context.Background())
			if err != nil {
				return
			}
			if msg, err := sip.Parse(data); err == nil {
				incoming <- msg
			}
		}
	}()
	p.close = func() {
		_ = ws.CloseNow()
		<-gone
		transport.CloseIdleConnections()
	}
	p.authorized(request{method: "REGISTER", uri: "sip:localhost", to: p.address(), callID: sip.NewTag(), headers: []string{
		"Contact: " + p.contact() + fmt.Sprintf(`;+sip.instance="<%s>";reg-id=1`, p.instance), "Expires: 600",
	}})
	return p.response(200)
}

func (p *phone) address() string { return "<sip:" + p.user + "@localhost>" }

// contact is another one over each connection, as a page's is after a reload.
func (p *phone) contact() string {
	return fmt.Sprintf("<sip:%s@%p.invalid;transport=ws>", p.user, p.ws)
}

func (p *phone) next() sip.Message {
	p.t.Helper()
	select {
	case msg := <-p.incoming:
		return msg
	case <-time.After(patience):
		p.t.Fatalf("%s: no message came", p.user)
		return nil
	}
}

// response returns the next final response, or a 180.
func (p *phone) response(status int) *sip.Response {
	p.t.Helper()
	for {
		msg := p.next()
		res, ok := msg.(*sip.Response)
		if ok && res.StatusCode == 100 {
			continue
		}
		if !ok || res.StatusCode != status {
			p.t.Fatalf("%s: want %d, got %v", p.user, status, msg)
		}
		return res
	}
}

// silent says that nothing more has come, and that the process has taken what
// was sent.
func (p *phone) silent() {
	p.t.Helper()
	p.send(request{method: "OPTIONS", uri: "sip:localhost", to: "<sip:localhost>", callID: sip.NewTag()})
	p.response(200)
}

func (p *phone) request(method sip.Method) *sip.Request {
	p.t.Helper()
	msg := p.next()
	req, ok := msg.(*sip.Request)
	if !ok || req.Method != method {
		p.t.Fatalf("%s: want %s, got %v", p.user, method, msg)
	}
	return req
}

func (p *phone) reply(req *sip.Request, status int) {
	p.t.Helper()
	res := sip.NewResponse(req, status, "")
	if status > 100 && status < 300 {
		res.AppendHeader(sip.NewHeader("Contact", p.contact()))
	}
	res.To().Params.Remove("tag")
	res.To().Params.Add("tag", p.tag)
	p.write(string(sip.Bytes(res)))
}

// request is what is written.
type request struct {
	method, uri, to, callID string
	cseq                    int
	headers                 []string
}

func (p *phone) write(text string) {
	p.t.Helper()
	if err := p.ws.Write(context.Background(), websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *phone) send(r request) request {
	p.t.Helper()
	if r.cseq == 0 {
		p.cseq++
		r.cseq = p.cseq
	}
	lines := append([]string{
		r.method + " " + r.uri + " SIP/2.0",
		"Via: SIP/2.0/WS client.invalid;branch=" + sip.NewBranch(),
		"From: " + p.address() + ";tag=" + p.tag,
		"To: " + r.to,
		"Call-ID: " + r.callID,
		fmt.Sprintf("CSeq: %d %s", r.cseq, r.method),
		"Max-Forwards: 70",
	}, r.headers...)
	p.write(strings.Join(append(lines, "Content-Length: 0", "", ""), "\r\n"))
	return r
}

// authorized sends a request and answers its challenge.
func (p *phone) authorized(r request) {
	p.t.Helper()
	status, challenge, header := 407, "Proxy-Authenticate", "Proxy-Authorization: "
	if r.method == "REGISTER" {
		status, challenge, header = 401, "WWW-Authenticate", "Authorization: "
	}
	p.send(r)
	parsed, err := sip.ParseChallenge(p.response(status).GetHeader(challenge).Value())
	if err != nil {
		p.t.Fatal(err)
	}
	credentials, err := parsed.Answer(p.user, p.password, sip.Method(r.method), r.uri, "0a4f113b", 1)
	if err != nil {
		p.t.Fatal(err)
	}
	r.headers = append(r.headers, header+credentials.String())
	p.send(r)
}

// dialog is one phone's side of a call.
type dialog struct {
	phone              *phone
	remote, to, callID string
	routes             []string
}

// call calls another phone and returns both sides of the call.
func (p *phone) call(callee *phone) (mine, theirs *dialog) {
	p.t.Helper()
	callID := sip.NewTag()
	p.authorized(request{
		method: "INVITE", uri: "sip:" + callee.user + "@localhost", to: callee.address(), callID: callID,
		headers: []string{"Contact: " + p.contact()},
	})
	invite := callee.request(sip.INVITE)
	callee.reply(invite, 180)
	p.response(180)
	callee.reply(invite, 200)
	ok := p.response(200)
	mine = &dialog{phone: p, remote: ok.Contact().Address.String(), to: ok.To().Value(), callID: callID}
	theirs = &dialog{phone: callee, remote: invite.Contact().Address.String(), to: invite.From().Value(), callID: callID}
	for _, header := range ok.GetHeaders("Record-Route") {
		mine.routes = append([]string{"Route: " + header.Value()}, mine.routes...)
	}
	for _, header := range invite.GetHeaders("Record-Route") {
		theirs.routes = append(theirs.routes, "Route: "+header.Value())
	}
	mine.acknowledge(p.cseq)
	callee.request(sip.ACK)
	return mine, theirs
}

func (d *dialog) send(method string, headers ...string) request {
	d.phone.t.Helper()
	return d.phone.send(request{
		method: method, uri: d.remote, to: d.to, callID: d.callID, headers: append(append([]string{}, d.routes...), headers...),
	})
}

func (d *dialog) acknowledge(cseq int) {
	d.phone.t.Helper()
	d.phone.send(request{method: "ACK", uri: d.remote, to: d.to, callID: d.callID, cseq: cseq, headers: d.routes})
}

// reinvite tells the other side the phone's contact of now, and learns theirs.
func (d *dialog) reinvite(other *dialog) {
	d.phone.t.Helper()
	sent := d.send("INVITE", "Contact: "+d.phone.contact())
	invite := other.phone.request(sip.INVITE)
	other.remote = invite.Contact().Address.String()
	other.phone.reply(invite, 200)
	d.remote = d.phone.response(200).Contact().Address.String()
	d.acknowledge(sent.cseq)
	other.phone.request(sip.ACK)
}

// exchange sends a request that the other side answers.
func (d *dialog) exchange(other *dialog, method string, status int, headers ...string) {
	d.phone.t.Helper()
	d.send(method, headers...)
	other.phone.reply(other.phone.request(sip.Method(method)), status)
	d.phone.response(status)
}
