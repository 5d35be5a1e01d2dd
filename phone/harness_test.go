package phone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"webphone/internal/media/endpoint"
	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testAccount is the account of the tests.
var testAccount = Config{
	Servers: []string{"wss://one.example.com/sip"}, Realm: "example.com", Username: "1001", Password: "secret",
	Log: slog.New(slog.DiscardHandler),
}

// fakeConn is a connection to a scripted server that answers keep-alives.
type fakeConn struct {
	*siptest.Conn
	url  string
	cfg  sip.DialConfig
	mute bool // keep-alives are not answered
}

func (c *fakeConn) Ping() error {
	if !c.mute {
		c.cfg.OnPong(c)
	}
	return nil
}

// bench is a phone whose time, chance, sockets and media are the test's.
type bench struct {
	t      *testing.T
	phone  *Phone
	clock  *siptest.Clock
	silent map[string]bool // servers that accept no connection
	mute   bool

	mu     sync.Mutex
	conns  []*fakeConn
	peers  []*fakePeer
	events []event
	unread []sip.Message
	media  error // what the next peer fails with
}

type event struct {
	name string
	call *Call
	arg  any
}

func newBench(t *testing.T, config Config) *bench {
	t.Helper()
	b := &bench{t: t, clock: siptest.NewClock(), silent: map[string]bool{}}
	record := func(name string) func(*Call, any) {
		return func(c *Call, arg any) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.events = append(b.events, event{name, c, arg})
		}
	}
	answer, ringingIn, ringingOut, end := record("answer"), record("ringingin"), record("ringingout"), record("end")
	registered, unregistered, failed, digit := record("registered"), record("unregistered"), record("error"), record("digit")
	phone, err := newPhone(config, Handlers{
		OnAnswer:       func(c *Call) { answer(c, nil) },
		OnRingingIn:    func(c *Call) { ringingIn(c, nil) },
		OnRingingOut:   func(c *Call, code int) { ringingOut(c, code) },
		OnEnd:          func(c *Call, r CDR) { end(c, r) },
		OnRegistered:   func(r Registration) { registered(nil, r) },
		OnUnregistered: func(reason string) { unregistered(nil, reason) },
		OnError:        func(e *Error) { failed(nil, e) },
		OnDigit:        func(c *Call, d rune) { digit(c, d) },
	}, environment{
		clock: b.clock, fraction: func() float64 { return 0.5 }, grace: 100 * time.Millisecond,
		newDialer: func(cfg sip.DialConfig) (dialer, error) { return fakeDialer{b, cfg}, nil },
		newPeers:  func(Config) (peers, error) { return b, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.phone = phone
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = phone.Close(ctx)
	})
	return b
}

type fakeDialer struct {
	bench *bench
	cfg   sip.DialConfig
}

func (d fakeDialer) Dial(_ context.Context, url string) (sip.ClientConn, error) {
	b := d.bench
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.silent[url] {
		return nil, errors.New("refused")
	}
	conn := &fakeConn{Conn: siptest.NewConn(fmt.Sprintf("conn %d", len(b.conns)), "WSS"), url: url, cfg: d.cfg, mute: b.mute}
	b.conns = append(b.conns, conn)
	return conn, nil
}

// NewPeer and Close make the bench the phone's media.
func (b *bench) NewPeer(h endpoint.Handler) (peer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.media != nil {
		return nil, b.media
	}
	p := &fakePeer{handler: h}
	b.peers = append(b.peers, p)
	return p, nil
}

func (b *bench) Close() error { return nil }

// fakePeer agrees to everything.
type fakePeer struct {
	handler endpoint.Handler

	mu         sync.Mutex
	held, next bool
	remoteHeld bool
	offers     []endpoint.OfferOptions
	answered   []string
	rollbacks  int
	fragments  []string
	digits     []rune
	noEvents   bool
	closed     bool
}

func (p *fakePeer) Offer(_ context.Context, o endpoint.OfferOptions) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offers, p.next = append(p.offers, o), o.Held
	direction := "sendrecv"
	if o.Held {
		direction = "sendonly"
	}
	return fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=%s\r\n", len(p.offers), direction), nil
}

func (p *fakePeer) Answer(_ context.Context, offer string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.Contains(offer, "m=nothing") {
		return "", endpoint.ErrOffer
	}
	p.remoteHeld = strings.Contains(offer, "a=sendonly")
	p.handler.OnPath(endpoint.PathWell)
	return "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", nil
}

func (p *fakePeer) Accept(sdp string, early bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.Contains(sdp, "m=nothing") {
		return endpoint.ErrAnswer
	}
	p.answered = append(p.answered, sdp)
	p.handler.OnPath(endpoint.PathWell)
	if !early {
		p.held = p.next
	}
	return nil
}

func (p *fakePeer) Rollback() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rollbacks++
	return nil
}

func (p *fakePeer) AddCandidates(fragment string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !strings.Contains(fragment, "a=mid:") {
		return endpoint.ErrFragment
	}
	p.fragments = append(p.fragments, fragment)
	return nil
}

func (p *fakePeer) Held() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}

func (p *fakePeer) RemoteHeld() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.remoteHeld
}

func (p *fakePeer) Codec() string { return "PCMU" }

func (p *fakePeer) ClockRate() int { return 8000 }

func (p *fakePeer) WriteRTP(*rtp.Packet) error { return nil }

func (p *fakePeer) SendDigit(_ context.Context, digit rune) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.noEvents {
		return endpoint.ErrNoTelephoneEvent
	}
	p.digits = append(p.digits, digit)
	return nil
}

func (p *fakePeer) Quality() (endpoint.Quality, bool) { return endpoint.Quality{MOS: 4.2}, true }

func (p *fakePeer) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return nil
}

// settle waits until the phone has nothing to do before time goes on.
func (b *bench) settle() {
	for range 2 {
		b.phone.loop.settle(context.Background())
		b.phone.events.settle(context.Background())
	}
}

func (b *bench) advance(d time.Duration) {
	b.settle()
	b.clock.AdvanceWith(d, b.settle)
	b.settle()
}

// conn is the connection that was made last.
func (b *bench) conn() *fakeConn {
	b.t.Helper()
	b.settle()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.conns) == 0 {
		b.t.Fatal("the phone has not connected")
	}
	return b.conns[len(b.conns)-1]
}

func (b *bench) peer() *fakePeer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.peers[len(b.peers)-1]
}

// cut ends the connection from without.
func (b *bench) cut() {
	b.t.Helper()
	conn := b.conn()
	conn.Close("")
	for gone := false; !gone; {
		b.phone.loop.run(func() {
			gone = true
			for l := range b.phone.account.lines {
				gone = gone && !l.agent.conn.is(conn)
			}
		})
	}
	b.settle()
}

// next is the next message of the phone, or nil.
func (b *bench) next() sip.Message {
	b.settle()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, conn := range b.conns {
		b.unread = append(b.unread, conn.Take()...)
	}
	if len(b.unread) == 0 {
		return nil
	}
	msg := b.unread[0]
	b.unread = b.unread[1:]
	return msg
}

// silence fails when the phone has sent something.
func (b *bench) silence() {
	b.t.Helper()
	if msg := b.next(); msg != nil {
		b.t.Fatalf("nothing was expected, the phone sent\n%s", msg)
	}
}

// request is the next message, which has to be a request of this method.
func (b *bench) request(method sip.Method) *sip.Request {
	b.t.Helper()
	msg := b.next()
	req, ok := msg.(*sip.Request)
	if !ok || req.Method != method {
		b.t.Fatalf("expected %s, the phone sent %v", method, msg)
	}
	return req
}

// response is the next message, which has to be a response of this status.
func (b *bench) response(status int) *sip.Response {
	b.t.Helper()
	msg := b.next()
	res, ok := msg.(*sip.Response)
	if !ok || res.StatusCode != status {
		b.t.Fatalf("expected %d, the phone sent %v", status, msg)
	}
	return res
}

// give hands the phone a message as the server's. It is parsed, as on its way.
func (b *bench) give(msg sip.Message) {
	b.t.Helper()
	parsed, err := sip.Parse(sip.Bytes(msg))
	if err != nil {
		b.t.Fatalf("%v in\n%s", err, msg)
	}
	conn := b.conn()
	conn.cfg.OnMessage(conn, parsed)
	b.settle()
}

// reply answers a request of the phone as the far end, whose tag is "far".
func (b *bench) reply(req *sip.Request, status int, sdp string, headers ...sip.Header) {
	b.t.Helper()
	b.replyAs("far", req, status, sdp, headers...)
}

func (b *bench) replyAs(tag string, req *sip.Request, status int, sdp string, headers ...sip.Header) {
	b.t.Helper()
	res := sip.NewResponse(req, status, "")
	if status > 100 && !req.To().Params.Has("tag") {
		res.To().Params.Remove("tag")
		res.To().Params.Add("tag", tag)
	}
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if req.Method == sip.INVITE && status > 100 && status < 300 && len(res.GetHeaders("Contact")) == 0 {
		res.AppendHeader(sip.NewHeader("Contact", "<sip:far@far.example.com;transport=ws>"))
	}
	if sdp != "" {
		contentType := sip.ContentTypeHeader(sdpType)
		res.AppendHeader(&contentType)
		res.SetBody([]byte(sdp))
	}
	b.give(res)
}

const farSDP = "v=0\r\no=- 7 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"

// registered registers the phone.
func (b *bench) register() {
	b.t.Helper()
	result := b.go_(b.phone.Register)
	req := b.request(sip.REGISTER)
	b.reply(req, 200, "", sip.NewHeader("Contact", req.Contact().Value()))
	if err := result(); err != nil {
		b.t.Fatal(err)
	}
}

// go_ calls what waits for the far end; what it returns waits for the result.
func (b *bench) go_(f func(context.Context) error) (result func() error) {
	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	before := b.phone.loop.posted()
	go func() {
		defer cancel()
		done <- f(ctx)
	}()
	for range 10_000 {
		if len(done) > 0 || b.phone.loop.posted() > before {
			break
		}
		time.Sleep(100 * time.Microsecond)
	}
	// What is posted first may ask for what is to be done next.
	for range 30 {
		time.Sleep(100 * time.Microsecond)
		b.settle()
	}
	return func() error {
		b.t.Helper()
		select {
		case err := <-done:
			b.settle()
			return err
		case <-time.After(5 * time.Second):
			b.t.Fatal("no result came")
			return nil
		}
	}
}

// took takes the events so far.
func (b *bench) took() []event {
	b.settle()
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.events
	b.events = nil
	return events
}

// names are the names of the events so far, with the code of ringingout.
func (b *bench) names() string {
	var names []string
	for _, e := range b.took() {
		name := e.name
		if code, ok := e.arg.(int); ok {
			name += fmt.Sprintf(" %d", code)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// call makes a call that the far end answers.
func (b *bench) call() (*Call, *sip.Request) {
	b.t.Helper()
	var call *Call
	result := b.go_(func(ctx context.Context) (err error) {
		call, err = b.phone.MakeCall(ctx, "1002")
		return err
	})
	invite := b.request(sip.INVITE)
	if err := result(); err != nil {
		b.t.Fatal(err)
	}
	b.reply(invite, 200, farSDP, sip.NewHeader("Allow", "INVITE, UPDATE, BYE, INFO, REFER"), sip.NewHeader("Supported", "timer"))
	b.request(sip.ACK)
	return call, invite
}

// within makes a request of the far end within the dialog that invite began.
func (b *bench) within(invite *sip.Request, method sip.Method, number uint32, headers ...sip.Header) *sip.Request {
	req := sip.NewRequest(method, invite.Contact().Address)
	req.AppendHeader(sip.NewVia("WSS", "far.example.com"))
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	from := &sip.FromHeader{Address: invite.To().Address}
	from.Params.Add("tag", "far")
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: invite.From().Address, Params: invite.From().Params.Clone()})
	req.AppendHeader(invite.CallID())
	req.AppendHeader(&sip.CSeqHeader{SeqNo: number, MethodName: method})
	req.AppendHeader(sip.NewHeader("Contact", "<sip:far@far.example.com;transport=ws>"))
	for _, h := range headers {
		req.AppendHeader(h)
	}
	return req
}

// invite makes an INVITE of the far end for the phone.
func (b *bench) invite(sdp string, headers ...sip.Header) *sip.Request {
	from := &sip.FromHeader{DisplayName: "Bob", Address: sip.URI{Scheme: "sip", User: "1002", Host: "example.com"}}
	from.Params.Add("tag", "far")
	req := newRequest(sip.INVITE, sip.URI{Scheme: "sip", User: "1001", Host: "x.invalid"}, from,
		sip.URI{Scheme: "sip", User: "1001", Host: "example.com"}, "incoming", 1, headers...)
	req.PrependHeader(sip.NewVia("WSS", "far.example.com"))
	req.AppendHeader(sip.NewHeader("Contact", "<sip:far@far.example.com;transport=ws>"))
	setBody(req, sdp)
	return req
}

// ack makes the ACK to a 200 of the phone.
func (b *bench) ack(invite *sip.Request, res *sip.Response, sdp string) {
	b.t.Helper()
	ack := sip.NewRequest(sip.ACK, invite.Recipient)
	ack.AppendHeader(sip.NewVia("WSS", "far.example.com"))
	ack.AppendHeader(invite.From())
	ack.AppendHeader(res.To())
	ack.AppendHeader(invite.CallID())
	ack.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.ACK})
	setBody(ack, sdp)
	b.give(ack)
}
