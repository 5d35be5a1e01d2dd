package edge

import (
	"strconv"
	"strings"
	"time"

	"webphone/internal/sip"
)

// minSession is the shortest session interval that is taken (RFC 4028 §4).
const minSession = 90 * time.Second

// sessionTimer is what was agreed about a session's expiry (RFC 4028); the zero
// value is a session that does not expire.
type sessionTimer struct {
	interval time.Duration
	// ours tells that the refreshes are ours to send.
	ours bool
}

// sessionTimer reads what a caller asks for (RFC 4028 §9). Where that cannot be,
// the request was answered and ok is false. The caller refreshes, unless it asks
// us to and takes UPDATE; one that does not know session timers has none.
func (s *echo) sessionTimer(tx *sip.ServerTransaction) (t sessionTimer, ok bool) {
	req := tx.Request()
	lines := fields(req, "Session-Expires")
	if len(lines) == 0 || !has(values(req, "Supported"), "timer") {
		return t, true
	}
	value, params, _ := strings.Cut(lines[0].Value(), ";")
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
	if err != nil {
		s.edge.respond(tx, 400, "Malformed Session-Expires")
		return t, false
	}
	t.interval = time.Duration(n) * time.Second
	if t.interval < minSession {
		res := sip.NewResponse(req, 422, "")
		res.AppendHeader(sip.NewHeader("Min-SE", seconds(minSession)))
		s.edge.send(tx, res)
		return t, false
	}
	for param := range strings.SplitSeq(params, ";") {
		t.ours = t.ours || strings.EqualFold(strings.ReplaceAll(param, " ", ""), "refresher=uas")
	}
	if t.ours && !has(values(req, "Allow"), string(sip.UPDATE)) {
		return sessionTimer{}, true
	}
	return t, true
}

// tell puts the timer into a 2xx.
func (t sessionTimer) tell(res *sip.Response) {
	if t.interval == 0 {
		return
	}
	refresher := "uac"
	if t.ours {
		refresher = "uas"
	} else {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", seconds(t.interval)+";refresher="+refresher))
}

// arm starts a session's interval anew, in place of the one before. The call
// ends a little before its expiry (RFC 4028 §10). c.mu is held.
func (c *echoCall) arm(t sessionTimer) {
	for _, timer := range []*sip.Timer{&c.expiry, &c.refresh} {
		if *timer != nil {
			(*timer).Stop()
			*timer = nil
		}
	}
	if t.interval == 0 {
		return
	}
	clock := c.echo.edge.config.Clock
	c.expiry = clock.AfterFunc(t.interval-min(32*time.Second, t.interval/3), func() { c.hangUp("The session has expired") })
	if t.ours {
		c.refresh = clock.AfterFunc(t.interval/2, func() { c.update(t) })
	}
}

// update refreshes the session (RFC 4028 §7.4). Until that succeeds it is tried
// again, and the session's expiry ends the call.
func (c *echoCall) update(t sessionTimer) {
	c.mu.Lock()
	over := c.ended
	c.mu.Unlock()
	if over {
		return
	}
	req, conn := c.request(sip.UPDATE)
	req.AppendHeader(c.contact())
	req.AppendHeader(sip.NewHeader("Supported", strings.Join(echoSupports, ", ")))
	req.AppendHeader(sip.NewHeader("Session-Expires", seconds(t.interval)+";refresher=uac"))
	again := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.ended {
			c.refresh = c.echo.edge.config.Clock.AfterFunc(minSession/20, func() { c.update(t) })
		}
	}
	_, err := c.echo.edge.layer.Request(conn, req, sip.ClientHandler{
		OnResponse: func(res *sip.Response) {
			switch {
			case res.StatusCode < 200:
			case res.StatusCode < 300:
				c.mu.Lock()
				if !c.ended {
					c.arm(t)
				}
				c.mu.Unlock()
			case res.StatusCode == 408, res.StatusCode == 481:
				c.hangUp("The caller does not know the call")
			default:
				again()
			}
		},
		OnTimeout:        again,
		OnTransportError: func(error) { again() },
	})
	if err != nil {
		again()
	}
}
