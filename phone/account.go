package phone

import (
	"context"
	"errors"

	"webphone/internal/sip"
)

// account are the settings and the lines that act for them, on the loop.
type account struct {
	phone  *Phone
	config Config
	// version counts the accounts and passwords that were set.
	version int
	line    *line
	// lines are those of earlier accounts that are still let go of, too.
	lines     map[*line]bool
	providing []func(error)
	provided  bool
	// quiet tells that it is signed off or refused: nothing registers by itself.
	quiet bool
	// told tells that a failure in the background was told of; those that follow
	// it are not.
	told bool
}

func (a *account) state() registration {
	if a.line == nil {
		return unregistered
	}
	return a.line.state
}

// configure takes over checked settings.
func (a *account) configure(next Config) {
	before := a.config
	a.config = next
	other := !before.sameAccount(next)
	if !other && before.Password == next.Password {
		return
	}
	a.version++
	a.quiet, a.told = false, false
	l := a.line
	if l == nil {
		return
	}
	wanted := l.wanted
	l.agent.auth.Forget()
	if other {
		a.line = nil
		l.retire(a.tidy)
	}
	// An attempt under way begins again by itself.
	if wanted && l.state != registering && a.providing == nil {
		a.background(wanted)
	}
}

// provide asks the provider, where there is one and it was not asked.
func (a *account) provide(done func(error)) {
	if a.phone.closing {
		done(errClosed())
		return
	}
	provider := a.config.Provider
	if provider == nil || a.provided {
		done(nil)
		return
	}
	a.providing = append(a.providing, done)
	if len(a.providing) > 1 {
		return
	}
	ctx, cancel := context.WithTimeout(a.phone.ctx, askInterval)
	async(a.phone.loop, func() (given Credentials, err error) {
		err = guarded(func() (err error) {
			given, err = provider(ctx)
			return err
		})
		return given, err
	}, func(given Credentials, err error) {
		cancel()
		waiting := a.providing
		if err == nil {
			var next Config
			if next, err = a.config.with(given); err == nil {
				a.provided = true
				a.configure(next)
			}
		}
		a.providing = nil
		var known *Error
		if err != nil && !errors.As(err, &known) {
			err = &Error{ErrNotConfigured, "The settings could not be fetched. Try again later.", 0, err}
		}
		for _, done := range waiting {
			done(err)
		}
	})
}

// ready is the line of the account as it is set.
func (a *account) ready() (*line, error) {
	if a.phone.closing {
		return nil, errClosed()
	}
	if !a.config.complete() {
		return nil, fault(ErrNotConfigured, "Give the phone a server, a user name and a password first.")
	}
	if a.line == nil {
		l, err := a.phone.newLine(a.config)
		if err != nil {
			return nil, err
		}
		a.line = l
		a.lines[l] = true
	}
	return a.line, nil
}

// register registers; it asks the provider again, once, when the credentials are
// refused.
func (a *account) register(wanted bool, done func(error)) {
	a.quiet = false
	a.provide(func(err error) {
		if err != nil {
			done(err)
			return
		}
		a.tryRegister(wanted, false, done)
	})
}

func (a *account) tryRegister(wanted, asked bool, done func(error)) {
	version := a.version
	l, err := a.ready()
	if err != nil {
		done(err)
		return
	}
	l.wanted = l.wanted || wanted
	l.register(func(err error) {
		switch {
		case err == nil:
			done(nil)
		case version != a.version && a.config.complete() && !a.quiet:
			// Other settings came meanwhile: they decide.
			a.tryRegister(wanted, asked, done)
		case errors.Is(err, ErrAuthentication) && a.config.Provider != nil && !asked:
			a.provided = false
			a.provide(func(err error) {
				if err != nil {
					done(err)
					return
				}
				a.tryRegister(wanted, true, done)
			})
		default:
			a.quiet = a.quiet || errors.Is(err, ErrAuthentication)
			done(err)
		}
	})
}

// background registers with nobody waiting.
func (a *account) background(wanted bool) {
	a.register(wanted, func(err error) {
		// After signing off nobody wants to know.
		if err == nil || a.told || a.quiet && !errors.Is(err, ErrAuthentication) {
			return
		}
		a.told = true
		a.phone.failed(err)
	})
}

func (a *account) unregister(done func(error)) {
	a.quiet = true
	l := a.line
	if l == nil {
		done(nil)
		return
	}
	l.unregister(func(err error) {
		l.release()
		done(err)
	})
}

// stop lets go of every line.
func (a *account) stop(done func()) {
	a.quiet = true
	a.line = nil
	left := len(a.lines)
	if left == 0 {
		done()
		return
	}
	for l := range a.lines {
		l.retire(func() {
			if left--; left == 0 {
				a.tidy()
				done()
			}
		})
	}
}

// tidy closes connections that nothing needs any more.
func (a *account) tidy() {
	for l := range a.lines {
		if l != a.line && !a.inUse(l) {
			l.release()
		}
	}
}

func (a *account) released(l *line) {
	if l != a.line {
		delete(a.lines, l)
	}
}

func (a *account) changed(l *line, reason string) {
	switch {
	case l.state == registered:
		a.told = false
		granted := Registration{Server: l.server, Expires: l.granted}
		a.phone.emit(func(h Handlers) {
			if h.OnRegistered != nil {
				h.OnRegistered(granted)
			}
		})
	case reason != "":
		a.phone.emit(func(h Handlers) {
			if h.OnUnregistered != nil {
				h.OnUnregistered(reason)
			}
		})
	}
}

func (a *account) again(l *line) {
	if l == a.line && !a.quiet {
		a.background(l.wanted)
	}
}

func (a *account) inUse(l *line) bool {
	for _, c := range a.phone.calls {
		if c.line == l {
			return true
		}
	}
	return false
}

func (a *account) invitedTo(l *line, tx *sip.ServerTransaction) { a.phone.invited(l, tx) }

func (a *account) lost(l *line) {
	for _, c := range a.phone.callsOf(l) {
		c.lost()
	}
}

func (a *account) restored(l *line) {
	for _, c := range a.phone.callsOf(l) {
		c.restored()
	}
}
