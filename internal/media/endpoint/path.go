package endpoint

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"

	"webphone/internal/media"
)

const (
	// gatherLimit is the longest that a description waits for a first candidate,
	// and moreCandidates how long it waits for others after that.
	gatherLimit    = 500 * time.Millisecond
	moreCandidates = 50 * time.Millisecond
	// Waits before a pair is taken that is not between two hosts, in case a
	// better one answers. A browser's addresses are hidden, so that its pairs are
	// peer-reflexive although they are direct.
	reflexiveWait = 100 * time.Millisecond
	relayWait     = time.Second
	// forgetting is how long sockets take to let go of credentials.
	forgetting = 10 * time.Millisecond
	// maxCandidates bounds those of the other side for one path: of its
	// description and as many late ones.
	maxCandidates = 2 * media.MaxLateCandidates
)

// path is one generation of ICE (RFC 8445 §9): an agent with its credentials.
type path struct {
	endpoint   *Endpoint
	agent      *ice.Agent
	sockets    *ice.MultiUDPMuxDefault
	ufrag, pwd string
	// first is closed with the first candidate, done with the last.
	first, done chan struct{}

	mu         sync.Mutex
	candidates []string
	complete   bool
	// late is told of candidates from the first description on.
	late func(line string)
	conn *ice.Conn
	// remoteUfrag names the other side's generation once it is known.
	remoteUfrag string
	taken       map[string]struct{}
	well, sick  bool
	closed      bool
}

// openPath starts to gather candidates. changed is called when well or sick
// have changed.
func (e *Endpoint) openPath(changed func(*path)) (*path, error) {
	sockets, err := e.openSockets()
	if err != nil {
		return nil, err
	}
	return e.openPathOver(sockets, "", "", changed)
}

// openPathOver opens a path over sockets that are there, which it closes. Empty
// credentials are drawn at random.
func (e *Endpoint) openPathOver(sockets *ice.MultiUDPMuxDefault, ufrag, pwd string, changed func(*path)) (*path, error) {
	p := &path{
		endpoint: e,
		sockets:  sockets,
		first:    make(chan struct{}),
		done:     make(chan struct{}),
		taken:    map[string]struct{}{},
	}
	if err := p.open(ufrag, pwd, changed); err != nil {
		p.close()
		return nil, fmt.Errorf("media: ICE: %w", err)
	}
	return p, nil
}

// again closes the path and opens it anew over the same sockets and under the
// same credentials, for another side that has been told of them.
func (p *path) again(changed func(*path)) (*path, error) {
	sockets := p.sockets
	p.end()
	// They let go of the credentials in the background.
	time.Sleep(forgetting)
	return p.endpoint.openPathOver(sockets, p.ufrag, p.pwd, changed)
}

func (p *path) open(ufrag, pwd string, changed func(*path)) error {
	options := []ice.AgentOption{
		ice.WithUDPMux(p.sockets),
		ice.WithUrls(p.endpoint.servers),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6}),
		ice.WithIPFilter(usable),
		ice.WithSrflxAcceptanceMinWait(reflexiveWait),
		ice.WithPrflxAcceptanceMinWait(reflexiveWait),
		ice.WithRelayAcceptanceMinWait(relayWait),
		ice.WithLoggerFactory(media.NewLoggerFactory(p.endpoint.log)),
	}
	if alone() {
		options = append(options, ice.WithIncludeLoopback())
	}
	if ufrag != "" {
		options = append(options, ice.WithLocalCredentials(ufrag, pwd))
	}
	agent, err := ice.NewAgentWithOptions(options...)
	if err != nil {
		return err
	}
	p.agent = agent
	if p.ufrag, p.pwd, err = agent.GetLocalUserCredentials(); err != nil {
		return err
	}
	if err := agent.OnConnectionStateChange(func(state ice.ConnectionState) {
		if p.turned(state) {
			changed(p)
		}
	}); err != nil {
		return err
	}
	if err := agent.OnCandidate(p.gathered); err != nil {
		return err
	}
	return agent.GatherCandidates()
}

// gathered takes a candidate; nil is the end.
func (p *path) gathered(candidate ice.Candidate) {
	line := ""
	if candidate != nil {
		line = strings.TrimPrefix(candidate.Marshal(), "candidate:")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.complete || p.closed:
		return
	case candidate == nil:
		p.complete = true
		close(p.done)
	default:
		if p.candidates = append(p.candidates, line); len(p.candidates) == 1 {
			close(p.first)
		}
	}
	if p.late != nil {
		p.late(line)
	}
}

// useful waits until there is something to tell: the first candidate, and those
// that follow at once. A server that does not answer is not waited for.
func (p *path) useful(ctx context.Context) error {
	limit := time.NewTimer(gatherLimit)
	defer limit.Stop()
	select {
	case <-p.first:
	case <-p.done:
		return nil
	case <-limit.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	limit.Reset(moreCandidates)
	select {
	case <-p.done:
	case <-limit.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// told gives what goes into a description; late is told of what comes after it.
// late must not block.
func (p *path) told(late func(line string)) (candidates []string, complete bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late = late
	return append([]string(nil), p.candidates...), p.complete
}

// connect starts the checks (RFC 8445 §7.2) and reads into receive what comes
// over the path until it closes.
func (p *path) connect(r *remote, controlling bool, receive func([]byte)) error {
	if err := p.agent.SetRemoteICELite(r.lite); err != nil {
		return err
	}
	start := p.agent.StartAccept
	if controlling {
		start = p.agent.StartDial
	}
	conn, err := start(r.ufrag, r.pwd)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.conn, p.remoteUfrag = conn, r.ufrag
	p.mu.Unlock()
	go read(conn, receive)
	p.add(r.candidates)
	return nil
}

func read(conn *ice.Conn, receive func([]byte)) {
	buffer := make([]byte, 2048)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		if n > 0 {
			receive(buffer[:n])
		}
	}
}

// add takes candidates of the other side, of which those that cannot be used
// are left out (RFC 8839 §5.1). It says false when there have been too many, and
// takes none then.
func (p *path) add(candidates []string) bool {
	p.mu.Lock()
	var fresh []string
	for _, line := range candidates {
		if _, known := p.taken[line]; !known {
			fresh = append(fresh, line)
		}
	}
	fits := len(p.taken)+len(fresh) <= maxCandidates
	if fits {
		for _, line := range fresh {
			p.taken[line] = struct{}{}
		}
	}
	p.mu.Unlock()
	if !fits {
		return false
	}
	for _, line := range fresh {
		candidate, err := ice.UnmarshalCandidate(line)
		if err != nil || candidate.NetworkType().IsTCP() {
			continue
		}
		if err := p.agent.AddRemoteCandidate(candidate); err != nil {
			p.endpoint.log.Debug("a candidate is not taken", "error", err)
		}
	}
	return true
}

// turned takes a change of the agent's state and says whether it is one to us.
func (p *path) turned(state ice.ConnectionState) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	well, sick := p.well, p.sick
	switch state {
	case ice.ConnectionStateConnected, ice.ConnectionStateCompleted:
		p.well, p.sick = true, false
	case ice.ConnectionStateDisconnected, ice.ConnectionStateFailed:
		p.well, p.sick = false, true
	}
	return !p.closed && (well != p.well || sick != p.sick)
}

func (p *path) isWell() bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.well && !p.closed
}

func (p *path) isSick() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sick
}

// peerUfrag names the generation that the path is connected to, "" before.
func (p *path) peerUfrag() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.remoteUfrag
}

// write sends a packet; it is lost while there is no pair, as on a wire.
func (p *path) write(packet []byte) {
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	if conn != nil {
		_, _ = conn.Write(packet)
	}
}

func (p *path) close() {
	if p == nil || !p.end() {
		return
	}
	if err := p.sockets.Close(); err != nil {
		p.endpoint.log.Debug("sockets do not close", "error", err)
	}
}

// end closes all but the sockets; it says false when that was done before.
func (p *path) end() bool {
	p.mu.Lock()
	closed := p.closed
	p.closed = true
	p.mu.Unlock()
	if closed {
		return false
	}
	if p.agent != nil {
		if err := p.agent.Close(); err != nil {
			p.endpoint.log.Debug("ICE does not close", "error", err)
		}
	}
	return true
}
