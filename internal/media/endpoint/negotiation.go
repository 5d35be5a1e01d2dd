package endpoint

import (
	"context"
	"fmt"
	"slices"
)

// OfferOptions say what an offer proposes.
type OfferOptions struct {
	// Held proposes to put the call on hold, and false to take it up.
	Held bool
	// Restart looks for another media path (RFC 8839 §4.4.1.1.1). Audio keeps to
	// the old one, if it is well, until the new one is up.
	Restart bool
}

// offer is one of ours that has no final answer.
type offer struct {
	held  bool
	local local
	// path is the one whose credentials it tells; it may be that of before.
	path *path
	// early is the answer that was taken provisionally.
	early string
	// What is in force again when it is withdrawn.
	remote  *remote
	agreed  *agreed
	numbers []codec
}

// Offer makes an offer, the first or a later one. It waits for the addresses of
// the machine, some milliseconds, and at most 50 ms more for STUN and TURN
// servers; what they find later goes to OnCandidate. It ends with Accept or
// Rollback. The error is ErrState while another offer is open.
func (p *Peer) Offer(ctx context.Context, options OfferOptions) (string, error) {
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	switch {
	case p.isClosed():
		return "", ErrClosed
	case p.open != nil:
		return "", ErrState
	}
	path := p.path
	if path == nil || options.Restart {
		var err error
		if path, err = p.newPath(ctx); err != nil {
			return "", err
		}
	}
	sections, audio := p.sections, p.audio
	if len(sections) == 0 {
		sections = []section{{"audio", "UDP/TLS/RTP/SAVPF", "", "0"}}
	}
	l := local{
		sections: sections, audio: audio, bundle: sections[audio].mid != "",
		codecs:    numbered(withEvents(p.endpoint.codecs), p.numbers),
		direction: proposal(options.Held, p.RemoteHeld()),
		setup:     "actpass",
		mux:       true,
	}
	p.open = &offer{
		held: options.Held, path: path, remote: p.remote, agreed: p.agreed.Load(), numbers: p.numbers,
	}
	text := p.describe(&l, path)
	p.open.local = l
	return text, nil
}

// newPath opens one and waits until it has something to tell.
func (p *Peer) newPath(ctx context.Context) (*path, error) {
	path, err := p.endpoint.openPath(p.changed)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()
	if err := path.useful(ctx); err != nil {
		path.close()
		if p.isClosed() {
			err = ErrClosed
		}
		return nil, err
	}
	return path, nil
}

// describe writes a description over a path; what the path finds from here on
// is told as late candidates.
func (p *Peer) describe(l *local, path *path) string {
	p.version++
	l.id, l.version = p.id, p.version
	l.ufrag, l.pwd, l.fingerprint = path.ufrag, path.pwd, p.endpoint.fingerprint
	l.ssrc, l.cname = p.ssrc, p.cname
	l.candidates, l.complete = path.told(p.late(l.sections[l.audio].mid, path))
	return l.text()
}

// late tells of candidates that come after a description.
func (p *Peer) late(mid string, path *path) func(string) {
	tell := p.handler.OnCandidate
	return func(line string) {
		if tell == nil {
			return
		}
		if line != "" {
			line = "candidate:" + line
		}
		p.queue.event(func() { tell(Candidate{mid, path.ufrag, path.pwd, line}) })
	}
}

// Answer answers an offer, the first or a later one, with a direction that
// keeps our own hold (RFC 3264 §6.1). A restart of ICE is answered with one. An
// offer with another fingerprint is that of a caller which has started anew, as
// after the reload of its page; it gets a new association over a new path (RFC
// 8842 §5). When the offer cannot be answered, ErrOffer, all stays as it is.
// The error is ErrState while an offer of ours is open.
func (p *Peer) Answer(ctx context.Context, text string) (string, error) {
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	switch {
	case p.isClosed():
		return "", ErrClosed
	case p.open != nil:
		return "", ErrState
	}
	at := -1
	if p.sections != nil {
		at = p.audio
	}
	r, err := readRemote(text, at)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrOffer, err)
	}
	list := common(withEvents(p.endpoint.codecs), r.codecs, false)
	if len(list) == 0 {
		return "", fmt.Errorf("%w: %w", ErrOffer, ErrNoCodec)
	}
	path, association, held := p.path, p.association, p.Held()
	if anew := !association.with(r); anew || path.peerUfrag() != r.ufrag {
		if path, err = p.newPath(ctx); err != nil {
			return "", err
		}
		if anew {
			if association, err = p.endpoint.newAssociation(r, r.setup != "active", p.write); err != nil {
				path.close()
				return "", err
			}
		}
	}
	l := local{
		sections: r.sections, audio: r.audio, bundle: r.bundled,
		codecs:    list,
		direction: answerTo(r.direction, held),
		setup:     association.setup(),
		mux:       r.mux,
	}
	answer := p.describe(&l, path)
	if err := p.join(path, association, r, false); err != nil {
		return "", err
	}
	p.commit(&l, r, list)
	return answer, nil
}

// Accept takes the answer to our offer. An early one, of a provisional response
// (RFC 3262, RFC 3960), leaves the offer open: the final one may be of another
// that answers the call. A second early one is ignored. An empty final answer
// makes the early one final. The error is ErrAnswer, and then the offer is still
// open, or ErrState without an offer.
func (p *Peer) Accept(text string, early bool) error {
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	o := p.open
	switch {
	case p.isClosed():
		return ErrClosed
	case o == nil:
		return ErrState
	case early && o.early != "":
		return nil
	case text == "":
		text = o.early
	}
	r, err := readRemote(text, o.local.audio)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if len(r.sections) != len(o.local.sections) {
		return fmt.Errorf("%w: it has %d media sections, the offer %d", ErrAnswer, len(r.sections), len(o.local.sections))
	}
	list := common(o.local.codecs, r.codecs, true)
	if len(list) == 0 {
		return fmt.Errorf("%w: %w", ErrAnswer, ErrNoCodec)
	}
	if err := p.meet(o, r); err != nil {
		return err
	}
	if o.early = text; !early {
		p.open = nil
		p.mu.Lock()
		p.held = o.held
		p.mu.Unlock()
	}
	p.commit(&o.local, r, list)
	return nil
}

// meet joins the side that has answered. Where another has answered before, its
// path starts again under the credentials of the offer.
func (p *Peer) meet(o *offer, r *remote) error {
	association := p.association
	anew := !association.with(r)
	if before := o.path.peerUfrag(); before != "" && (before != r.ufrag || anew) {
		p.association.close()
		next, err := o.path.again(p.changed)
		if err != nil {
			return err
		}
		o.path = next
		o.path.told(p.late(o.local.sections[o.local.audio].mid, o.path))
		anew = true
	}
	if anew {
		var err error
		if association, err = p.endpoint.newAssociation(r, r.setup == "passive", p.write); err != nil {
			return err
		}
	}
	return p.join(o.path, association, r, true)
}

// Rollback withdraws our offer, which was refused or met one of the other side
// (RFC 3261 §14.1); what was agreed before stays. Without an open offer it does
// nothing.
func (p *Peer) Rollback() error {
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	o := p.open
	if p.isClosed() {
		return ErrClosed
	}
	if o == nil {
		return nil
	}
	p.open = nil
	p.remote, p.numbers = o.remote, o.numbers
	p.agreed.Store(o.agreed)
	p.mu.Lock()
	current := p.path
	p.remoteHeld = o.remote != nil && o.remote.holds()
	p.mu.Unlock()
	switch {
	case o.path != current:
		o.path.close()
	case o.remote == nil:
		// An early answer to the first offer.
		p.replace(nil, nil)
	}
	return nil
}

// join makes r the other side: over path, which may be the one of before, and
// with an association, which too may be.
func (p *Peer) join(next *path, association *association, r *remote, offerer bool) error {
	p.replace(next, association)
	if next.peerUfrag() != "" {
		next.add(r.candidates)
		p.changed(next)
		return nil
	}
	// Who offers a restart takes the controlling role in it, as browsers do
	// (RFC 8445 §6.1.1); two of one role did not get together in Firefox.
	if err := next.connect(r, offerer || r.lite, func(packet []byte) { p.received(next, packet) }); err != nil {
		return fmt.Errorf("media: ICE: %w", err)
	}
	return nil
}

// replace puts a path and an association in the place of those of before. A
// path that is well stays for as long as the next one under the same association
// is looked for.
func (p *Peer) replace(next *path, a *association) {
	if old := p.association; old != a {
		// While there is a path to say so.
		old.close()
	}
	p.mu.Lock()
	var over []*path
	if next != p.path || next == nil {
		over = append(over, p.before)
		p.before = nil
		if a == p.association && a != nil && p.path.isWell() {
			p.before = p.path
		} else {
			over = append(over, p.path)
		}
		p.path = next
	}
	p.association = a
	p.mu.Unlock()
	for _, path := range over {
		path.close()
	}
	p.tell()
}

// commit puts in force what our description l and theirs have agreed on; list
// are the codecs in common, by the other side's numbers.
func (p *Peer) commit(l *local, r *remote, list []codec) {
	ours := func(direction string) bool { return l.direction == "sendrecv" || l.direction == direction }
	theirs := func(direction string) bool { return r.direction == "sendrecv" || r.direction == direction }
	a := &agreed{
		codec:    list[0],
		sends:    ours("sendonly") && theirs("recvonly"),
		receives: ours("recvonly") && theirs("sendonly"),
		mux:      l.mux && r.mux,
	}
	for _, c := range list {
		// One of the codec's clock, or another: Firefox has those of 8000 Hz alone.
		if c.isEvent() && (a.event.rate == 0 || c.rate == a.codec.rate) {
			a.event = c
		}
	}
	for _, c := range l.codecs {
		a.heard[c.payload] = &c
	}
	p.remote, p.sections, p.audio = r, l.sections, l.audio
	p.numbers = merge(p.numbers, l.codecs)
	p.agreed.Store(a)
	p.mu.Lock()
	p.remoteHeld = r.holds()
	p.mu.Unlock()
}

// merge keeps the payload types of codecs that are not in the latest description.
func merge(before, now []codec) []codec {
	result := slices.Clone(now)
	for _, c := range before {
		if indexOf(result, c) < 0 {
			result = append(result, c)
		}
	}
	return result
}
