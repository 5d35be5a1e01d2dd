package phone

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"webphone/internal/sip"
)

// What a program does with a phone, at any moment and with any manners.

// bounded gives up where a call of the phone never returns.
func bounded(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s does not return", what)
	}
}

func TestAHandlerMayCloseThePhone(t *testing.T) {
	b := newBench(t, testAccount)
	closed := make(chan error, 1)
	var after []string
	b.phone.handlers.OnAnswer = func(c *Call) { closed <- b.phone.Close(context.Background()) }
	b.phone.handlers.OnEnd = func(c *Call, r CDR) { after = append(after, r.EndedBy) }
	b.call()
	bye := b.request(sip.BYE)
	b.reply(bye, 200, "")
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Close in a handler does not return")
	}
	b.settle()
	if !slices.Equal(after, []string{"local"}) {
		t.Errorf("the end of the call was told %v", after)
	}
}

func TestAHandlerMayCallEveryMethod(t *testing.T) {
	b := newBench(t, testAccount)
	over := make(chan struct{})
	b.phone.handlers.OnAnswer = func(c *Call) {
		defer close(over)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		p := b.phone
		_, _, _, _, _ = p.Config(), p.Registered(), p.Calls(), p.Call(), p.SetConfig(testAccount)
		_, _, _, _, _ = c.State(), c.RemoteHeld(), c.Reconnecting(), c.Quality(), c.Codec()
		p.Mute()
		p.Unmute()
		c.Mute()
		c.Unmute()
		for _, f := range []func(context.Context) error{
			p.Register, p.Unregister, p.Answer, p.Hold, p.Unhold, c.Answer, c.Hold, c.Unhold,
			func(ctx context.Context) error { return p.DialpadPress(ctx, '1') },
			func(ctx context.Context) error { return p.Transfer(ctx, "3") },
			func(ctx context.Context) error { return c.TransferTo(ctx, c) },
			func(ctx context.Context) error { return c.TransferTo(ctx, nil) },
			func(ctx context.Context) error { _, err := p.MakeCall(ctx, "3"); return err },
			p.Hangup, c.Hangup,
		} {
			_ = f(ctx)
		}
	}
	b.call()
	select {
	case <-over:
	case <-time.After(10 * time.Second):
		t.Fatal("a method called by a handler does not return")
	}
}

func TestCloseMayBeCalledAgainAndAtOnce(t *testing.T) {
	b := newBench(t, testAccount)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	bounded(t, "Close", func() {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { _ = b.phone.Close(ctx) })
		}
		all.Wait()
		if err := b.phone.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func TestAClosedPhoneDoesNothing(t *testing.T) {
	config := testAccount
	asked := 0
	config.Provider = func(context.Context) (Credentials, error) {
		asked++
		return Credentials{}, nil
	}
	b := newBench(t, config)
	if err := b.phone.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	_, calling := b.phone.MakeCall(ctx, "1002")
	for name, err := range map[string]error{"Register": b.phone.Register(ctx), "MakeCall": calling, "Hold": b.phone.Hold(ctx), "Answer": b.phone.Answer(ctx)} {
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := errors.Join(b.phone.Unregister(ctx), b.phone.Hangup(ctx), b.phone.SetConfig(config)); err != nil {
		t.Error(err)
	}
	b.settle()
	if asked > 0 || len(b.conns) > 0 || len(b.phone.account.lines) > 0 {
		t.Errorf("asked %d times, %d connections, %d lines", asked, len(b.conns), len(b.phone.account.lines))
	}
}

// provider is a Provider that waits for the test.
func provider(asked chan<- struct{}, release <-chan struct{}) func(context.Context) (Credentials, error) {
	return func(context.Context) (Credentials, error) {
		close(asked)
		<-release
		return Credentials{Password: "other"}, nil
	}
}

func TestACallThatNobodyWaitsForAnyMoreIsNotMade(t *testing.T) {
	config := testAccount
	asked, release := make(chan struct{}), make(chan struct{})
	config.Provider = provider(asked, release)
	b := newBench(t, config)
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() {
		_, err := b.phone.MakeCall(ctx, "1002")
		result <- err
	}()
	<-asked
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(release)
	b.silence()
	if calls := b.phone.Calls(); len(calls) > 0 {
		t.Error("a call was made all the same")
	}
}

func TestAProviderThatAnswersAfterCloseBringsNothingToLife(t *testing.T) {
	config := testAccount
	asked, release := make(chan struct{}), make(chan struct{})
	config.Provider = provider(asked, release)
	b := newBench(t, config)
	result := make(chan error, 1)
	go func() { result <- b.phone.Register(context.Background()) }()
	<-asked
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	// It ignores its context, and Close does not wait for it for ever.
	bounded(t, "Close", func() { _ = b.phone.Close(ctx) })
	close(release)
	if err := <-result; !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
	b.settle()
	if len(b.conns) > 0 {
		t.Error("a closed phone has connected")
	}
}

func TestAProviderThatPanicsFailsTheRegistration(t *testing.T) {
	config := testAccount
	config.Provider = func(context.Context) (Credentials, error) { panic("no vault") }
	b := newBench(t, config)
	if err := b.phone.Register(context.Background()); !errors.Is(err, ErrInternal) {
		t.Error(err)
	}
}

func TestAProvidersJunkChangesNothing(t *testing.T) {
	config := testAccount
	config.Provider = func(context.Context) (Credentials, error) {
		return Credentials{Servers: []string{"http://x"}, Password: "other"}, nil
	}
	b := newBench(t, config)
	if err := b.phone.Register(context.Background()); !errors.Is(err, ErrNotConfigured) {
		t.Error(err)
	}
	if got := b.phone.Config().Servers; !slices.Equal(got, testAccount.Servers) {
		t.Errorf("the servers are %v", got)
	}
}

func TestSettingsThatWereGivenOutAreACopy(t *testing.T) {
	config := testAccount
	config.ICEServers = []ICEServer{{URLs: []string{"stun:a"}}}
	b := newBench(t, config)
	got := b.phone.Config()
	got.Servers[0], got.Codecs[0], got.ICEServers[0].URLs[0] = "x", "x", "x"
	config.ICEServers[0].URLs[0] = "y"
	if now := b.phone.Config(); now.Servers[0] == "x" || now.Codecs[0] == "x" || now.ICEServers[0].URLs[0] != "stun:a" {
		t.Errorf("%+v", now)
	}
}

// readerFunc and writerFunc are sources and writers of a program.
type readerFunc func([]int16) (int, error)

func (f readerFunc) ReadPCM(p []int16) (int, error) { return f(p) }

type writerFunc func([]int16) error

func (f writerFunc) WritePCM(p []int16) error { return f(p) }

func TestASourceThatPanicsEndsPlayAlone(t *testing.T) {
	b := newBench(t, testAccount)
	call, _ := b.call()
	if err := call.Play(context.Background(), readerFunc(func([]int16) (int, error) { panic("no file") })); !errors.Is(err, ErrInternal) {
		t.Error(err)
	}
	if err := call.Play(context.Background(), readerFunc(func([]int16) (int, error) { return 0, io.EOF })); err != nil {
		t.Error(err)
	}
}

func TestASourceThatBlocksHoldsUpNeitherTheCallNorThePhone(t *testing.T) {
	b := newBench(t, testAccount)
	call, _ := b.call()
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithCancel(context.Background())
	played := make(chan error, 1)
	go func() {
		played <- call.Play(ctx, readerFunc(func([]int16) (int, error) {
			close(entered)
			<-release
			return 0, io.EOF
		}))
	}()
	<-entered
	bounded(t, "the phone", func() {
		b.phone.Mute()
		_ = b.phone.Calls()
		cancel()
		if err := <-played; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		go func() { b.reply(b.request(sip.BYE), 200, "") }()
		if err := call.Hangup(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func TestAWriterMayHangUpAndPanic(t *testing.T) {
	b := newBench(t, testAccount)
	call, _ := b.call()
	b.took()
	var once sync.Once
	panicked := make(chan struct{})
	call.Record(writerFunc(func([]int16) error {
		once.Do(func() { close(panicked) })
		panic("no disk")
	}))
	<-panicked
	hungUp := make(chan struct{})
	call.Record(writerFunc(func([]int16) error {
		_ = call.Hangup(context.Background())
		close(hungUp)
		return io.EOF
	}))
	bounded(t, "Hangup in a writer", func() { <-hungUp })
	var problem *Error
	for _, e := range b.took() {
		if e.name == "error" && problem == nil {
			problem = e.arg.(*Error)
		}
	}
	if !errors.Is(problem, ErrInternal) {
		t.Errorf("the panic of a writer was told as %v", problem)
	}
}

func TestAHandlerThatTakesItsTimeDoesNotMakeOthersFillTheMemory(t *testing.T) {
	b := newBench(t, testAccount)
	release := make(chan struct{})
	entered := make(chan struct{})
	var once sync.Once
	heard := 0
	b.phone.handlers.OnDigit = func(*Call, rune) {
		once.Do(func() { close(entered) })
		<-release
		heard++
	}
	call, invite := b.call()
	call.digit('1')
	<-entered
	conn := b.conns[len(b.conns)-1]
	give := func(req *sip.Request) {
		parsed, err := sip.Parse(sip.Bytes(req))
		if err != nil {
			t.Fatal(err)
		}
		conn.cfg.OnMessage(conn, parsed)
		b.phone.loop.settle(context.Background())
	}
	for n := range 2 * maxEvents {
		info := b.within(invite, sip.INFO, uint32(n+1))
		kind := sip.ContentTypeHeader("application/dtmf")
		info.AppendHeader(&kind)
		info.SetBody([]byte("5"))
		give(info)
	}
	conn.Take()
	give(b.invite(farSDP))
	msgs := conn.Take()
	if res, ok := msgs[len(msgs)-1].(*sip.Response); !ok || res.StatusCode != 486 {
		t.Errorf("another call was answered\n%v", msgs)
	}
	close(release)
	b.settle()
	if heard < maxEvents/2 || heard > maxEvents+1 {
		t.Errorf("%d digits were told", heard)
	}
}
