package edge

import (
	"errors"
	"strings"

	"webphone/internal/media"
	"webphone/internal/sip"
)

const (
	// trickle is the option tag and the Info-Package of RFC 8840.
	trickle      = "trickle-ice"
	fragmentType = "application/trickle-ice-sdpfrag"
)

// info takes an INFO: late candidates (RFC 8840 §4), or DTMF and the like in
// the manner of RFC 2976, which has no Info-Package and no meaning here. Other
// packages are refused with those that are taken (RFC 6086 §4.2.2).
func (c *echoCall) info(tx *sip.ServerTransaction, session *media.Session) {
	req := tx.Request()
	lines := fields(req, "Info-Package")
	if len(lines) == 0 {
		c.echo.edge.respond(tx, 200, "")
		return
	}
	name, _, _ := strings.Cut(lines[0].Value(), ";")
	if !strings.EqualFold(strings.TrimSpace(name), trickle) {
		res := sip.NewResponse(req, 469, "")
		res.AppendHeader(sip.NewHeader("Recv-Info", trickle))
		c.echo.edge.send(tx, res)
		return
	}
	if !c.echo.bodyIs(tx, fragmentType) {
		return
	}
	if session == nil {
		c.echo.edge.respond(tx, 481, "")
		return
	}
	// An offer that is being answered comes first, and must not hold up the
	// connection's next messages.
	go func() {
		switch err := session.Trickle(string(req.Body())); {
		case errors.Is(err, media.ErrFragment):
			c.echo.edge.config.Log.Debug("late candidates were refused", "error", err)
			c.echo.edge.respond(tx, 400, "The candidates cannot be read")
		case err != nil:
			c.echo.edge.respond(tx, 481, "")
		default:
			c.echo.edge.respond(tx, 200, "")
		}
	}()
}
