package sip_test

import (
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

// link is one direction of a network that loses, delays and reorders messages,
// all under the fake clock and a seeded chance.
type link struct {
	*siptest.Conn
	clock  *siptest.Clock
	chance *rand.Rand
	loss   float64
	to     func(sip.Message)
}

func (l *link) Send(msg sip.Message) error {
	if l.chance.Float64() < l.loss {
		return nil
	}
	data := sip.Bytes(msg)
	l.clock.AfterFunc(time.Duration(l.chance.IntN(200))*time.Millisecond, func() {
		msg, err := sip.Parse(data)
		if err != nil {
			panic(err)
		}
		l.to(msg)
	})
	return nil
}

func TestTwoLayersReachTheSameEndOverANetworkThatLosesMessages(t *testing.T) {
	const count = 50
	for seed := range uint64(8) {
		clock := siptest.NewClock()
		chance := rand.New(rand.NewPCG(seed, 0))
		there := &link{Conn: siptest.NewConn("there", "UDP"), clock: clock, chance: chance, loss: 0.3}
		back := &link{Conn: siptest.NewConn("back", "UDP"), clock: clock, chance: chance, loss: 0.3}
		quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
		handled := map[string]int{}

		server, err := sip.NewLayer(sip.LayerConfig{Clock: clock, Log: quiet, OnRequest: func(tx *sip.ServerTransaction, _ sip.Conn, req *sip.Request) {
			if tx == nil {
				return
			}
			branch, _ := req.Via().Params.Get("branch")
			handled[branch]++
			answer := func(status int) {
				if err := tx.Respond(sip.NewResponse(req, status, "")); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
			if req.Method == sip.INVITE {
				tx.OnCancel(func(*sip.Request) { answer(487) })
				answer(180)
			} else {
				answer(200)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		client, err := sip.NewLayer(sip.LayerConfig{Clock: clock, Log: quiet, OnRequest: func(*sip.ServerTransaction, sip.Conn, *sip.Request) {}})
		if err != nil {
			t.Fatal(err)
		}
		there.to = func(msg sip.Message) { server.Receive(back, msg) }
		back.to = func(msg sip.Message) { client.Receive(there, msg) }

		ended := map[int]int{}
		timeouts := 0
		for range count {
			for method, want := range map[sip.Method]int{sip.OPTIONS: 200, sip.INVITE: 487} {
				tx, err := client.Request(there, request(t, method, sip.NewBranch()), sip.ClientHandler{
					OnResponse: func(res *sip.Response) {
						if res.StatusCode >= 200 {
							ended[res.StatusCode]++
							if res.StatusCode != want {
								t.Errorf("seed %d: %s ended with %d", seed, method, res.StatusCode)
							}
						}
					},
					OnTimeout: func() { timeouts++ },
				})
				if err != nil {
					t.Fatal(err)
				}
				tx.Cancel()
			}
		}
		clock.Advance(10 * time.Minute)
		if n := ended[200] + ended[487] + timeouts; n != 2*count || timeouts > count/5 {
			t.Errorf("seed %d: %d transactions ended, %d by timeout, of %d", seed, n, timeouts, 2*count)
		}
		for branch, times := range handled {
			if times != 1 {
				t.Errorf("seed %d: %s reached the user %d times", seed, branch, times)
			}
		}
		if clients, _ := client.Len(); clients != 0 {
			t.Errorf("seed %d: %d client transactions are left", seed, clients)
		}
	}
}

func TestManyGoroutinesMayUseOneLayer(t *testing.T) {
	conn := siptest.NewConn("a", "WSS")
	layer, err := sip.NewLayer(sip.LayerConfig{
		T1: time.Microsecond, T2: time.Microsecond, T4: time.Microsecond,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		OnRequest: func(tx *sip.ServerTransaction, _ sip.Conn, req *sip.Request) {
			if tx != nil {
				tx.OnCancel(func(*sip.Request) {})
				// An answer may meet the transaction's end.
				_ = tx.Respond(sip.NewResponse(req, 180, ""))
				_ = tx.Respond(sip.NewResponse(req, 486, ""))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				branch := sip.NewBranch()
				invite := request(t, sip.INVITE, branch)
				layer.Receive(conn, invite)
				layer.Receive(conn, request(t, sip.CANCEL, branch))
				layer.Receive(conn, request(t, sip.ACK, branch))
				var ends sync.WaitGroup
				ends.Add(1)
				out := request(t, sip.INVITE, sip.NewBranch())
				tx, err := layer.Request(conn, out, sip.ClientHandler{OnTerminated: ends.Done})
				if err != nil {
					t.Error(err)
					return
				}
				all.Go(func() { layer.Receive(conn, sip.NewResponse(out, 180, "")); tx.Cancel() })
				all.Go(func() { layer.Receive(conn, sip.NewResponse(out, 486, "")) })
				ends.Wait()
			}
		})
	}
	all.Wait()
	layer.ConnClosed(conn)
	layer.Close()
	if clients, servers := layer.Len(); clients+servers != 0 {
		t.Errorf("%d client and %d server transactions are left", clients, servers)
	}
}
