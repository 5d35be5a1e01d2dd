package phone

import (
	"context"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"webphone/internal/sip"
)

// maxCalls bounds the calls at once; another one is told that we are busy.
const maxCalls = 8

// closeGrace is how long Close waits for a function of the program that is under
// way, such as a Provider, when its context is over.
const closeGrace = 5 * time.Second

// environment is what tests replace: time, randomness, sockets and media.
type environment struct {
	clock     sip.Clock
	fraction  func() float64
	newDialer func(sip.DialConfig) (dialer, error)
	newPeers  func(Config) (peers, error)
	grace     time.Duration
}

func systemEnvironment() environment {
	return environment{
		clock:     sip.SystemClock,
		fraction:  mathrand.Float64,
		newDialer: func(cfg sip.DialConfig) (dialer, error) { return sip.NewDialer(cfg) },
		newPeers:  newPeers,
		grace:     closeGrace,
	}
}

// Phone is a telephone. New makes one, Close ends it.
type Phone struct {
	env      environment
	handlers Handlers
	loop     *loop
	events   *loop
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	gone     chan struct{} // closed when no handler may be called any more
	goneOnce sync.Once
	logger   atomic.Pointer[slog.Logger]

	// On the loop:
	account *account
	calls   []*Call // the current one last
	peers   peers
	// peersOf are the settings that peers was made with.
	peersOf Config
	closing bool
}

// New checks the settings and makes a phone, which does nothing by itself until
// Register or MakeCall. The error is ErrNotConfigured for a bad value.
func New(config Config, handlers Handlers) (*Phone, error) {
	return newPhone(config, handlers, systemEnvironment())
}

func newPhone(config Config, handlers Handlers, env environment) (*Phone, error) {
	config, err := config.validate()
	if err != nil {
		return nil, err
	}
	p := &Phone{env: env, handlers: handlers, loop: newLoop(env.clock), events: newLoop(env.clock), gone: make(chan struct{})}
	p.events.known = true
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.account = &account{phone: p, config: config, lines: map[*line]bool{}}
	p.logger.Store(config.Log)
	return p, nil
}

func (p *Phone) log() *slog.Logger { return p.logger.Load() }

// do has f done on the loop and waits for its result, as long as ctx lets it.
func (p *Phone) do(ctx context.Context, f func(done func(error))) error {
	result := make(chan error, 1)
	p.loop.post(func() {
		f(func(err error) {
			select {
			case result <- err:
			default:
			}
		})
	})
	select {
	case err := <-result:
		if err == nil {
			return nil
		}
		return errorOf(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Config are the settings as they are, without the password.
func (p *Phone) Config() (config Config) {
	p.loop.run(func() { config = p.account.config.clone() })
	config.Password = ""
	return config
}

// SetConfig replaces the settings, at any time; an empty password keeps the one
// that is there. A changed account registers anew, other changes count from the
// next registration or call on. The error is ErrNotConfigured for a bad value,
// and then nothing has changed.
func (p *Phone) SetConfig(config Config) error {
	config, err := config.validate()
	if err != nil {
		return err
	}
	p.loop.run(func() {
		if config.Password == "" {
			config.Password = p.account.config.Password
		}
		p.logger.Store(config.Log)
		p.account.provided = false
		p.account.configure(config)
	})
	return nil
}

// Register registers, and keeps the phone registered until Unregister. It
// returns on the 200.
func (p *Phone) Register(ctx context.Context) error {
	return p.do(ctx, func(done func(error)) {
		p.account.register(false, done)
	})
}

// Unregister signs off; it returns when the binding is gone. Calls go on.
func (p *Phone) Unregister(ctx context.Context) error {
	return p.do(ctx, p.account.unregister)
}

// Registered tells that the phone is registered now.
func (p *Phone) Registered() (yes bool) {
	p.loop.run(func() { yes = p.account.state() == registered })
	return yes
}

// Calls are the calls that are not over, the current one last.
func (p *Phone) Calls() (calls []*Call) {
	p.loop.run(func() { calls = slices.Clone(p.calls) })
	return calls
}

// Call is the call that last began, rang, was answered or taken off hold, or nil.
func (p *Phone) Call() (call *Call) {
	p.loop.run(func() { call = p.current() })
	return call
}

// CallOption says something about one call.
type CallOption func(*callOptions)

type callOptions struct{ headers [][2]string }

// WithHeader adds a header field to the INVITE, such as X-Ticket: 42. At most 20
// fields, with none that is the phone's own.
func WithHeader(name, value string) CallOption {
	return func(o *callOptions) { o.headers = append(o.headers, [2]string{name, value}) }
}

// MakeCall calls an address: a number, user@host, a sip:, sips: or tel: URI, or
// a service name. It returns once the INVITE is on its way; what becomes of the
// call, the call itself tells. A call that is up is put on hold.
func (p *Phone) MakeCall(ctx context.Context, address string, options ...CallOption) (*Call, error) {
	var o callOptions
	for _, option := range options {
		option(&o)
	}
	headers, err := o.fields()
	if err != nil {
		return nil, err
	}
	var call *Call
	err = p.do(ctx, func(done func(error)) {
		p.dial(ctx, address, headers, func(c *Call) { call = c }, done)
	})
	if err != nil {
		if ctx.Err() != nil {
			p.loop.post(func() {
				if call != nil {
					call.hangUp(byLocal)
				}
			})
		}
		return nil, err
	}
	return call, nil
}

// dial makes a call unless ctx is over by then; made gets it at once, done when
// its INVITE is on its way.
func (p *Phone) dial(ctx context.Context, address string, headers []sip.Header, made func(*Call), done func(error)) {
	p.account.provide(func(err error) {
		if err != nil {
			done(err)
			return
		}
		if ctx.Err() != nil {
			done(ctx.Err())
			return
		}
		l, err := p.account.ready()
		if err != nil {
			done(err)
			return
		}
		uri, err := toURI(address, l.realm)
		if err == nil && len(p.calls) >= maxCalls {
			err = fault(ErrBusy, "Too many calls at once. End one first.")
		}
		if err != nil {
			done(err)
			return
		}
		call := p.outgoing(l, uri)
		p.calls = append(p.calls, call)
		made(call)
		p.holdOthers(call, func(err error) {
			if err != nil {
				call.hangUp(byLocal)
				done(err)
				return
			}
			call.start(headers, done)
		})
	})
}

// Answer answers the call that rings; another one that is up is put on hold. It
// returns when the call is up.
func (p *Phone) Answer(ctx context.Context) error {
	return p.do(ctx, func(done func(error)) {
		for _, call := range slices.Backward(p.calls) {
			if call.Direction == Inbound && call.phase != phaseActive {
				call.answer(done)
				return
			}
		}
		done(notRinging())
	})
}

// Hangup ends, cancels or declines the current call, whatever fits, and returns
// when its record is there. Without a call it does nothing.
func (p *Phone) Hangup(ctx context.Context) error {
	if call := p.Call(); call != nil {
		return call.Hangup(ctx)
	}
	return nil
}

// Hold puts the current call on hold; it returns when the other side agreed.
func (p *Phone) Hold(ctx context.Context) error {
	return p.onUp(ctx, func(c *Call, done func(error)) { c.setHeld(true, done) })
}

// Unhold takes the current call off hold; another one that is up is put on hold.
func (p *Phone) Unhold(ctx context.Context) error {
	return p.onUp(ctx, func(c *Call, done func(error)) { c.unhold(done) })
}

// Mute silences what the current call says.
func (p *Phone) Mute() { p.setMuted(true) }

// Unmute ends Mute.
func (p *Phone) Unmute() { p.setMuted(false) }

func (p *Phone) setMuted(muted bool) {
	p.loop.run(func() {
		if call := p.found(); call != nil {
			call.audio.mute(muted)
		}
	})
}

// DialpadPress sends a digit in the current call: as a telephone event
// (RFC 4733), or by INFO where the peer knows none. It returns when it is sent.
func (p *Phone) DialpadPress(ctx context.Context, digit rune) error {
	call := p.findCall()
	if call == nil {
		return notUp()
	}
	return call.DialpadPress(ctx, digit)
}

// Transfer sends the other side of the current call to an address (RFC 3515); it
// returns when the target has answered, and then this call is over.
func (p *Phone) Transfer(ctx context.Context, address string) error {
	return p.onUp(ctx, func(c *Call, done func(error)) { c.transfer(address, nil, done) })
}

// Close ends the calls, signs off and closes the connections; then nothing of
// the phone runs any more. It waits for all that as long as ctx lets it: after
// that the connections are cut, and handlers, Providers, sources and writers that
// have not returned for 5 seconds are left to themselves. A handler may call it;
// those that wait behind that one run within.
func (p *Phone) Close(ctx context.Context) error {
	err := p.do(ctx, func(done func(error)) {
		p.closing = true
		p.endCalls(func() { p.account.stop(func() { done(nil) }) })
	})
	p.cancel()
	p.loop.run(func() {
		p.closing = true
		for l := range p.account.lines {
			l.agent.conn.end()
			l.timer.stop()
			l.agent.layer.Close()
		}
		for _, call := range slices.Clone(p.calls) {
			call.finish(end{by: byLocal}, nil)
		}
	})
	lasting, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(p.env.grace, cancel) })()
	p.loop.settle(lasting)
	p.loop.run(func() {
		if p.peers != nil {
			_ = p.peers.Close()
			p.peers = nil
		}
	})
	if p.events.runner.Load() == goroutine() {
		p.events.flush()
	} else {
		p.events.settle(lasting)
	}
	p.goneOnce.Do(func() { close(p.gone) })
	return err
}

func errClosed() *Error { return fault(ErrUnsupported, "The phone is closed.") }
