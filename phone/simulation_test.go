package phone

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"webphone/internal/sip"
)

// TestNoOrderOfEventsBreaksThePhone lets a person, the far end and the network
// do things in every order that chance finds. Whatever happens, a call ends
// exactly once and its media are closed, nothing hangs, and when peace has come
// the phone is registered and makes calls again. SIMULATIONS sets how many runs.
func TestNoOrderOfEventsBreaksThePhone(t *testing.T) {
	runs := 60
	if n, err := strconv.Atoi(os.Getenv("SIMULATIONS")); err == nil {
		runs = n
	}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			config := testAccount
			config.Servers = []string{"wss://one.example.com/sip", "wss://two.example.com/sip"}
			w := &world{bench: newBench(t, config), chance: rand.New(rand.NewPCG(seed, 1))}
			for range 60 {
				w.something()
			}
			w.peace()
		})
	}
}

// world is what goes on around a phone.
type world struct {
	*bench
	chance *rand.Rand
	busy   sync.WaitGroup
	// asked are requests of the phone that have no final response yet.
	asked    []*sip.Request
	invites  []*sip.Request
	incoming int
	number   uint32
}

func (w *world) pick(n int) int { return w.chance.IntN(n) }

func (w *world) do(f func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	w.busy.Go(func() {
		defer cancel()
		_ = f(ctx)
	})
	for range 3 {
		time.Sleep(50 * time.Microsecond)
		w.settle()
	}
}

// read takes what the phone has sent.
func (w *world) read() {
	for msg := w.next(); msg != nil; msg = w.next() {
		if req, ok := msg.(*sip.Request); ok && req.Method != sip.ACK {
			w.asked = append(w.asked, req)
			if req.Method == sip.INVITE && !req.To().Params.Has("tag") {
				w.invites = append(w.invites, req)
			}
		}
	}
}

// up gives the connection that is open, or nil.
func (w *world) up() *fakeConn {
	w.settle()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.conns) - 1; i >= 0; i-- {
		select {
		case <-w.conns[i].Done():
		default:
			return w.conns[i]
		}
	}
	return nil
}

func (w *world) tell(msg sip.Message) {
	conn := w.up()
	if conn == nil {
		return
	}
	parsed, err := sip.Parse(sip.Bytes(msg))
	if err != nil {
		w.t.Fatalf("%v in\n%s", err, msg)
	}
	conn.cfg.OnMessage(conn, parsed)
	w.settle()
}

func (w *world) answer(status int) {
	if len(w.asked) == 0 {
		return
	}
	i := w.pick(len(w.asked))
	req := w.asked[i]
	if status >= 200 {
		w.asked = append(w.asked[:i:i], w.asked[i+1:]...)
	}
	res := sip.NewResponse(req, status, "")
	if status > 100 && !req.To().Params.Has("tag") {
		res.To().Params.Remove("tag")
		res.To().Params.Add("tag", "far")
	}
	if req.Method == sip.INVITE && status > 100 {
		res.AppendHeader(sip.NewHeader("Contact", "<sip:far@far.example.com>"))
		res.AppendHeader(sip.NewHeader("Allow", "UPDATE"))
		if w.pick(2) == 0 {
			res.AppendHeader(sip.NewHeader("Session-Expires", "90;refresher=uac"))
		}
		if w.pick(5) > 0 {
			contentType := sip.ContentTypeHeader(sdpType)
			res.AppendHeader(&contentType)
			res.SetBody([]byte(farSDP))
		}
	}
	w.tell(res)
}

func (w *world) something() {
	w.read()
	p := w.phone
	servers := p.Config().Servers
	switch w.pick(19) {
	case 0:
		w.do(p.Register)
	case 1:
		w.do(func(ctx context.Context) error { _, err := p.MakeCall(ctx, "1002"); return err })
	case 2:
		w.do(p.Answer)
	case 3:
		w.do(p.Hangup)
	case 4:
		w.do(p.Hold)
	case 5:
		w.do(p.Unhold)
	case 6:
		w.do(func(ctx context.Context) error { return p.DialpadPress(ctx, '5') })
	case 7:
		w.do(func(ctx context.Context) error { return p.Transfer(ctx, "1003") })
	case 8, 9, 10, 11:
		w.answer(200)
	case 12:
		w.answer([]int{180, 183, 401, 404, 408, 481, 486, 491, 500, 503, 603}[w.pick(11)])
	case 13:
		if w.up() != nil {
			w.cut()
		}
	case 14:
		w.mu.Lock()
		w.silent[servers[w.pick(2)]] = w.pick(2) == 0
		w.mu.Unlock()
	case 15:
		w.incoming++
		invite := w.invite(farSDP)
		id := sip.CallIDHeader(fmt.Sprint("incoming ", w.incoming)[9:])
		invite.ReplaceHeader(&id)
		w.tell(invite)
		if w.pick(3) == 0 {
			w.tell(sip.NewCancel(invite))
		}
	case 16:
		if len(w.invites) > 0 {
			w.number++
			method := []sip.Method{sip.BYE, sip.INVITE, sip.INFO, sip.UPDATE, sip.REFER, sip.NOTIFY}[w.pick(6)]
			req := w.within(w.invites[w.pick(len(w.invites))], method, w.number, sip.NewHeader("Refer-To", "<sip:1004@example.com>"))
			if w.pick(2) == 0 {
				setBody(req, farSDP)
			}
			w.tell(req)
		}
	case 17:
		w.advance(time.Duration(w.pick(3000)) * time.Millisecond)
	case 18:
		w.advance(time.Duration(w.pick(40)) * time.Second)
	}
}

// peace lets everything come to its end, and looks whether all is well.
func (w *world) peace() {
	w.mu.Lock()
	clear(w.silent)
	w.mu.Unlock()
	quiet := func(d time.Duration) {
		for range 40 {
			w.read()
			for len(w.asked) > 0 {
				w.answer(200)
				w.read()
			}
			w.advance(d / 40)
		}
	}
	w.do(w.phone.Register)
	quiet(3 * time.Minute)
	if !w.phone.Registered() {
		w.t.Error("the phone is not registered")
	}
	for _, call := range w.phone.Calls() {
		w.do(call.Hangup)
	}
	quiet(4 * time.Minute)
	if calls := w.phone.Calls(); len(calls) > 0 {
		w.t.Errorf("a call is still %s", calls[0].State())
	}
	w.do(func(ctx context.Context) error { _, err := w.phone.MakeCall(ctx, "1002"); return err })
	quiet(2 * time.Second)
	if call := w.phone.Call(); call == nil || call.State() != StateActive {
		w.t.Error("no call can be made any more")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = w.phone.Close(ctx)
	w.busy.Wait()
	ends := map[string]int{}
	for _, e := range w.took() {
		switch e.name {
		case "ringingin", "answer", "ringingout":
			ends[e.call.ID] += 0
			if ends[e.call.ID] > 0 {
				w.t.Errorf("%s came after the end", e.name)
			}
		case "end":
			ends[e.call.ID]++
		}
	}
	for id, n := range ends {
		if n != 1 {
			w.t.Errorf("call %s ended %d times", id, n)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.peers {
		if !p.closed {
			w.t.Error("a call left its media open")
		}
	}
}
