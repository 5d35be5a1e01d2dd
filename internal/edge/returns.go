package edge

import (
	"slices"
	"sync"

	"webphone/internal/sip"
)

// Bounds of the requests that wait for a phone to come back; one more is
// answered 480 at once.
const (
	maxWaiting         = 1000
	maxWaitingPerPhone = 8
)

// phone names a phone of an account or, without an instance, any of its phones.
type phone struct{ user, instance string }

func phoneOf(p party) phone { return phone{p.User, p.Instance} }

// returns lists the branches that have no final answer by the phone that they
// were sent to, and tells them when it registers again.
type returns struct {
	mu       sync.Mutex
	branches map[phone]map[*branch]struct{}
	waiting  map[phone]int
	total    int
	closed   bool
}

func newReturns() *returns {
	return &returns{branches: map[phone]map[*branch]struct{}{}, waiting: map[phone]int{}}
}

func (r *returns) list(b *branch) {
	p := phoneOf(b.target.party)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.branches[p] == nil {
		r.branches[p] = map[*branch]struct{}{}
	}
	r.branches[p][b] = struct{}{}
}

func (r *returns) unlist(b *branch) {
	p := phoneOf(b.target.party)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.branches[p], b)
	if len(r.branches[p]) == 0 {
		delete(r.branches, p)
	}
}

// enter counts a branch that waits. It is false where no more may.
func (r *returns) enter(b *branch) bool {
	p := phoneOf(b.target.party)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.total >= maxWaiting || r.waiting[p] >= maxWaitingPerPhone {
		return false
	}
	r.total++
	r.waiting[p]++
	return true
}

func (r *returns) leave(b *branch) {
	p := phoneOf(b.target.party)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total--
	if r.waiting[p]--; r.waiting[p] == 0 {
		delete(r.waiting, p)
	}
}

// registered tells a phone's branches that it has a new binding; before are
// the account's bindings of until then.
func (r *returns) registered(username string, b Binding, before []Binding, conn sip.Conn) {
	if r.none() {
		return
	}
	replaced := map[string]bool{}
	for _, old := range before {
		if old.key() == b.key() {
			replaced[old.Conn] = true
		}
	}
	for _, p := range slices.Compact([]phone{{username, instanceHash(b.Instance)}, {username, ""}}) {
		for _, waiting := range r.of(p) {
			waiting.returned(conn, b, replaced)
		}
	}
}

// none tells that no branch waits for any phone.
func (r *returns) none() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.branches) == 0
}

func (r *returns) of(p phone) []*branch {
	r.mu.Lock()
	defer r.mu.Unlock()
	listed := make([]*branch, 0, len(r.branches[p]))
	for b := range r.branches[p] {
		listed = append(listed, b)
	}
	return listed
}

// close ends all waits.
func (r *returns) close() {
	r.mu.Lock()
	r.closed = true
	var all []*branch
	for _, listed := range r.branches {
		for b := range listed {
			all = append(all, b)
		}
	}
	r.mu.Unlock()
	for _, b := range all {
		b.drop()
	}
}
