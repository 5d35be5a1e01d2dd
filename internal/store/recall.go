package store

import (
	"os"
	"sync"
	"time"
)

const (
	// maxRecalled bounds the accounts that are kept in memory, some 20 MB.
	maxRecalled = 32_768
	// settled is how old the last write has to be for what was read after it to
	// be kept: a file's time of change has a grain of up to 10 ms, and a second
	// write within the same grain would not show.
	settled = 100 * time.Millisecond
)

// recall keeps accounts that were read until anything is written to the file, by
// this process or another: each write appends to the write-ahead log or begins it
// anew, and so changes its time. A look at that costs 1 µs, a query 60.
type recall struct {
	path string // of the write-ahead log
	most int    // accounts

	mu       sync.Mutex
	seen     mark
	accounts map[string]Account
}

// mark tells one state of the log from another.
type mark struct {
	changed time.Time
	size    int64
}

func (r *recall) mark() (mark, bool) {
	info, err := os.Stat(r.path)
	if err != nil {
		return mark{}, false
	}
	return mark{info.ModTime(), info.Size()}, true
}

// get returns an account that was kept, or the mark to keep it by. Its maps must
// not be changed.
func (r *recall) get(username string) (a Account, at mark, found bool) {
	at, ok := r.mark()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !ok || at != r.seen {
		r.seen, r.accounts = at, nil
		return Account{}, at, false
	}
	a, found = r.accounts[username]
	if found && !a.Expires.IsZero() && !a.Expires.After(time.Now()) {
		delete(r.accounts, username)
		return Account{}, at, false
	}
	return a, at, found
}

// put keeps an account that was read after the mark was taken, unless anything
// may have been written since.
func (r *recall) put(a Account, before mark) {
	after, ok := r.mark()
	if !ok || after != before || time.Since(after.changed) < settled {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen != after {
		return
	}
	if r.accounts == nil {
		r.accounts = map[string]Account{}
	}
	if len(r.accounts) >= r.most {
		for other := range r.accounts { // any one
			delete(r.accounts, other)
			break
		}
	}
	r.accounts[a.Username] = a
}
