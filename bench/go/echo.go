package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"

	"webphone/bench/edge/figures"
	"webphone/bench/edge/servers"
	"webphone/internal/load"
	"webphone/internal/media/endpoint"
)

const (
	// ptime is the time that one RTP packet of speech holds.
	ptime = 20 * time.Millisecond
	// measured is how long each number of streams is measured.
	measured = 4 * time.Second
)

// streamCounts are the numbers of calls to the echo test at once.
var streamCounts = []int{1, 10, 50, 100, 200}

// echo measures the echo test of the real binary: calls that send RTP at 50
// packets a second and get it back.
func echo(ctx context.Context, file string) error {
	folder, err := os.MkdirTemp("", "bench-echo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	binary := filepath.Join(folder, "webphone")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/webphone").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	most := streamCounts[len(streamCounts)-1]
	accounts, err := load.MakeAccounts("load%05d", "correct horse battery", most)
	if err != nil {
		return err
	}
	s, err := servers.Webphone(ctx, binary, accounts, false)
	if err != nil {
		return err
	}
	var cores [][]float64
	shares := []float64{0.5, 0.9, 0.99}
	perShare := make([][][]float64, len(shares))
	var values []any
	for _, n := range streamCounts {
		cpu, times, runErr := streams(ctx, s, accounts[:n])
		if runErr != nil {
			return errors.Join(runErr, s.Stop())
		}
		values = append(values, n)
		cores = append(cores, []float64{float64(n) / cpu})
		slices.Sort(times)
		for i, share := range shares {
			perShare[i] = append(perShare[i], []float64{times[int(share*float64(len(times)-1))]})
		}
		fmt.Fprintf(os.Stderr, "%d streams: %.1f for a core, delay %.2f ms (median of %d)\n", n, float64(n)/cpu, times[len(times)/2], len(times))
	}
	if err := s.Stop(); err != nil {
		return err
	}
	r := figures.New(
		"webphone: the binary's defaults. Calls to the echo test over WS, media by ICE, DTLS-SRTP and PCMU, 50 packets a second and direction.",
		"The caller's side runs on the same machine; its SRTP, twice for each packet, is a part of the delay.",
		fmt.Sprintf("%s for each number of streams", measured),
	)
	x := &figures.Axis{Label: "streams", Values: values}
	delay := figures.Figure{ID: "echo-delay", Title: "From a packet sent to the same packet back", Unit: "ms", Better: "lower", X: x}
	for i, name := range []string{"median", "90 of 100 within", "99 of 100 within"} {
		delay.Series = append(delay.Series, figures.Series{Who: name, Samples: perShare[i]})
	}
	r.Figures = append(r.Figures, figures.Figure{
		ID: "echo-streams", Title: "Streams of the echo test for each core of the server", Unit: "streams", Better: "higher", X: x,
		Series: []figures.Series{{Who: "webphone", Samples: cores}},
		Note:   "Few streams cost more each, since the server wakes for each packet alone.",
	}, delay)
	return r.Write(file)
}

// streams calls the echo test from all accounts at once, and returns the cores
// that the server used and how long packets were on their way, in ms.
func streams(ctx context.Context, s *servers.Started, accounts []load.Account) (cores float64, delays []float64, err error) {
	media, err := endpoint.New(endpoint.Config{Codecs: []string{"PCMU"}})
	if err != nil {
		return 0, nil, err
	}
	defer media.Close()
	calls := make([]*echoCall, len(accounts))
	for i, account := range accounts {
		if calls[i], err = dialEcho(ctx, s.URL, account, media); err != nil {
			return 0, nil, err
		}
		defer calls[i].close()
	}
	talking, stop := context.WithCancel(ctx)
	defer stop()
	var talk sync.WaitGroup
	for i, c := range calls {
		// They talk one after the other, as people do, and not all at one moment.
		talk.Go(func() { c.talk(talking, ptime*time.Duration(i)/time.Duration(len(calls))) })
	}
	time.Sleep(time.Second)
	for _, c := range calls {
		c.take()
	}
	before, err := load.ReadUsage(s.PID())
	if err != nil {
		return 0, nil, err
	}
	began := time.Now()
	time.Sleep(measured)
	after, err := load.ReadUsage(s.PID())
	seconds := time.Since(began).Seconds()
	stop()
	talk.Wait()
	lost := 0
	for _, c := range calls {
		heard := c.take()
		if len(heard) == 0 {
			lost++
		}
		delays = append(delays, heard...)
	}
	if lost > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d calls heard nothing", lost, len(calls)))
	}
	return max(after.CPU-before.CPU, 0.01) / seconds, delays, err
}

// talk sends a packet each 20 ms whose payload is the time of its sending.
func (c *echoCall) talk(ctx context.Context, offset time.Duration) {
	began := time.Now().Add(offset)
	for n := 0; ; n++ {
		select {
		case <-time.After(time.Until(began.Add(time.Duration(n) * ptime))):
		case <-ctx.Done():
			return
		}
		payload := make([]byte, 160)
		binary.BigEndian.PutUint64(payload, uint64(time.Now().UnixNano()))
		packet := &rtp.Packet{Payload: payload}
		packet.SequenceNumber, packet.Timestamp = uint16(n), uint32(n*160)
		_ = c.peer.WriteRTP(packet) // Without a path nothing is heard, which is told.
	}
}

// hear takes the time that a packet was on its way.
func (c *echoCall) hear(packet *rtp.Packet) {
	if len(packet.Payload) != 160 {
		return
	}
	sent := int64(binary.BigEndian.Uint64(packet.Payload))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delays = append(c.delays, float64(time.Now().UnixNano()-sent)/1e6)
}

// take returns what was heard since it was called before.
func (c *echoCall) take() []float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	heard := c.delays
	c.delays = nil
	return heard
}
