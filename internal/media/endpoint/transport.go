package endpoint

import (
	"time"

	"github.com/pion/rtp"
)

// lingering is how long a path that has a successor is still listened on: the
// other side may take seconds to move (2.5 s in Chromium, when it is controlled).
const lingering = 5 * time.Second

// changed takes that a path has come or gone.
func (p *Peer) changed(changed *path) {
	p.mu.Lock()
	before := p.before
	well := p.path.isWell()
	over := before != nil && changed == p.path && (well || p.path.isSick())
	association := p.association
	p.mu.Unlock()
	if over {
		time.AfterFunc(lingering, func() { p.leave(before) })
	}
	if well && association != nil {
		association.start(func(err error) { p.secured(association, err) })
	}
	p.tell()
}

// leave closes the path that was before, unless that has been done.
func (p *Peer) leave(before *path) {
	p.mu.Lock()
	if p.before == before {
		p.before = nil
	}
	p.mu.Unlock()
	before.close()
	p.tell()
}

// secured takes the end of a handshake.
func (p *Peer) secured(a *association, err error) {
	if err != nil {
		p.endpoint.log.Debug("DTLS has failed", "error", err)
	} else {
		p.reports.start(p)
	}
	p.tell()
}

// tell tells the handler of the state of the path when it has changed.
func (p *Peer) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := PathNew
	switch {
	case p.path == nil || p.association == nil:
	case p.association.hasFailed(), p.path.isSick() && !p.before.isWell():
		state = PathSick
	case p.association.isSecure() && (p.path.isWell() || p.before.isWell()):
		state = PathWell
	}
	if state == p.told {
		return
	}
	p.told = state
	if f := p.handler.OnPath; f != nil {
		p.queue.event(func() { f(state) })
	}
}

// write sends a packet over the path that is up.
func (p *Peer) write(packet []byte) {
	p.mu.Lock()
	path := p.path
	if p.before.isWell() && !path.isWell() {
		path = p.before
	}
	p.mu.Unlock()
	if path != nil {
		path.write(packet)
	}
}

// received takes a packet that came over a path, by its first bytes (RFC 7983 §7,
// RFC 5761 §4).
func (p *Peer) received(from *path, packet []byte) {
	p.mu.Lock()
	association := p.association
	current := from == p.path || from == p.before
	p.mu.Unlock()
	if association == nil || !current {
		return
	}
	switch first := packet[0]; {
	case first >= 20 && first <= 63:
		association.pipe.deliver(packet)
	case first < 128 || first > 191 || len(packet) < 2:
	case packet[1] >= 192 && packet[1] <= 223:
		if plain, ok := association.openRTCP(packet); ok {
			p.heardReport(plain)
		}
	default:
		if opened, ok := association.openRTP(packet); ok {
			p.heard(opened)
		}
	}
}

// heard takes an audio packet or a telephone event.
func (p *Peer) heard(packet *rtp.Packet) {
	a := p.agreed.Load()
	if a == nil || a.heard[packet.PayloadType] == nil {
		return
	}
	c := a.heard[packet.PayloadType]
	p.reception.take(&packet.Header, c.rate, !c.isEvent())
	switch {
	case !a.receives:
	case c.isEvent():
		if digit, pressed := p.reception.digit(packet); pressed && p.handler.OnDigit != nil {
			p.queue.event(func() { p.handler.OnDigit(digit) })
		}
	case p.handler.OnRTP != nil:
		p.queue.packet(func() { p.handler.OnRTP(packet) })
	}
}
