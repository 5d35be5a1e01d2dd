package edge

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"webphone/internal/sip"
	"webphone/internal/store"
)

// maxContacts bounds the Contact values of one REGISTER.
const maxContacts = 10

// errRegister carries the answer to a REGISTER that cannot be carried out.
type errRegister struct {
	status int
	reason string
}

func (err errRegister) Error() string { return fmt.Sprintf("edge: %d %s", err.status, err.reason) }

var errTooBrief = errRegister{423, ""}

// register is the registrar (RFC 3261 §10.3).
func (e *Edge) register(tx *sip.ServerTransaction) {
	req := tx.Request()
	to := req.To().Address
	switch {
	case !strings.EqualFold(to.Scheme, "sip") && !strings.EqualFold(to.Scheme, "sips"):
		e.respond(tx, 400, "The address of record is not a SIP URI")
		return
	case !e.isOurs(tx.Conn(), req.Recipient), !e.isOurs(tx.Conn(), to):
		e.respond(tx, 404, "")
		return
	}
	account, ok := e.authenticate(tx, toServer)
	if !ok {
		return
	}
	if userOf(to) != account.Username {
		e.respond(tx, 403, "This account may not register that address")
		return
	}
	if unknown := unsupported(values(req, "Require"), "outbound", "path"); len(unknown) > 0 {
		e.refuseExtensions(tx, unknown)
		return
	}
	before := e.config.Location.Bindings(account.Username)
	remove, add, err := e.bindings(tx, account, before)
	if err == nil {
		err = e.config.Location.Update(account.Username, remove, add, e.config.MaxBindings)
	}
	var refusal errRegister
	switch {
	case errors.Is(err, ErrTooManyBindings):
		e.respond(tx, 403, "Too many phones are registered for this account")
	case errors.As(err, &refusal):
		res := sip.NewResponse(req, refusal.status, refusal.reason)
		if refusal.status == 423 {
			res.AppendHeader(sip.NewHeader("Min-Expires", seconds(e.config.MinExpires)))
		}
		e.send(tx, res)
	case err != nil:
		e.config.Log.Error("a registration could not be stored", "error", err)
		e.respond(tx, 500, "")
	default:
		e.send(tx, e.registered(req, account.Username, add))
		for _, b := range add {
			e.returns.registered(account.Username, b, before, tx.Conn())
		}
	}
}

// bindings reads what a REGISTER asks for. It changes nothing.
func (e *Edge) bindings(tx *sip.ServerTransaction, account store.Account, current []Binding) (remove, add []Binding, err error) {
	req := tx.Request()
	fallback := e.config.DefaultExpires
	if header := sip.Field(req, "Expires"); header != nil {
		fallback = parseSeconds(header.Value(), fallback)
	}
	contacts := sip.Fields(req, "Contact")
	if len(contacts) > maxContacts {
		return nil, nil, errRegister{400, "Too many contacts"}
	}
	for _, header := range contacts {
		contact, ok := header.(*sip.ContactHeader)
		if !ok {
			return nil, nil, errRegister{400, "A contact cannot be read"}
		}
		if contact.Address.Wildcard {
			if len(contacts) > 1 || fallback != 0 || sip.Field(req, "Expires") == nil {
				return nil, nil, errRegister{400, "Contact * goes alone and with Expires: 0"}
			}
			for _, b := range current {
				if err := outdated(b, req); err != nil {
					return nil, nil, err
				}
			}
			return current, nil, nil
		}
		expires := fallback
		if value, given := contact.Params.Get("expires"); given {
			expires = parseSeconds(value, e.config.DefaultExpires)
		}
		b := Binding{
			Contact:  keepable(contact.Address),
			Instance: strings.Clone(instanceOf(contact.Params)),
			RegID:    regIDOf(contact.Params),
			Conn:     tx.Conn().ID(),
			CallID:   strings.Clone(req.CallID().Value()),
			CSeq:     req.CSeq().SeqNo,
			Expires:  e.config.Clock.Now().Add(min(expires, e.longest(account))),
			Visitor:  account.Visitor(),
		}
		for i := range current {
			if old := &current[i]; old.key() == b.key() {
				if err := outdated(*old, req); err != nil {
					return nil, nil, err
				}
			}
		}
		switch {
		case expires == 0:
			remove = append(remove, b)
		case expires < e.config.MinExpires:
			return nil, nil, errTooBrief
		default:
			add = append(add, b)
		}
	}
	return remove, add, nil
}

// keepable is a copy of a URI that does not hold on to the message.
func keepable(uri sip.URI) sip.URI {
	if kept, err := sip.ParseURI(sip.URIString(&uri)); err == nil {
		return kept
	}
	return uri
}

// outdated refuses a REGISTER that was overtaken by a later one (RFC 3261 §10.3,
// step 7).
func outdated(b Binding, req *sip.Request) error {
	if b.CallID == req.CallID().Value() && b.CSeq >= req.CSeq().SeqNo {
		return errRegister{400, "A later REGISTER has come already"}
	}
	return nil
}

// registered is the 200 OK, which lists all bindings.
func (e *Edge) registered(req *sip.Request, username string, added []Binding) *sip.Response {
	res := sip.NewResponse(req, 200, "")
	now := e.config.Clock.Now()
	for _, b := range e.config.Location.Bindings(username) {
		contact := &sip.ContactHeader{Address: b.Contact}
		left := int(math.Ceil(b.Expires.Sub(now).Seconds()))
		contact.Params.Add("expires", strconv.Itoa(left))
		if b.Instance != "" {
			contact.Params.Add("+sip.instance", `"`+b.Instance+`"`)
		}
		if b.RegID > 0 {
			contact.Params.Add("reg-id", strconv.Itoa(b.RegID))
		}
		res.AppendHeader(contact)
	}
	res.AppendHeader(sip.NewHeader("Date", now.UTC().Format(http.TimeFormat)))
	res.AppendHeader(sip.NewHeader("Supported", "outbound"))
	for _, b := range added {
		if b.RegID > 0 && b.Instance != "" && has(values(req, "Supported"), "outbound") {
			res.AppendHeader(sip.NewHeader("Require", "outbound"))
			break
		}
	}
	return res
}

// maxInstance bounds a +sip.instance, in bytes; a urn:uuid has 47.
const maxInstance = 256

func instanceOf(params sip.HeaderParams) string {
	value, _ := params.Get("+sip.instance")
	value = strings.Trim(value, `"`)
	if len(value) > maxInstance {
		return ""
	}
	return value
}

// regIDOf reads a reg-id: 1 to 2³¹-1 (RFC 5626 §4.2), 0 when there is none.
func regIDOf(params sip.HeaderParams) int {
	value, _ := params.Get("reg-id")
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 1 {
		return 0
	}
	return int(n)
}

// parseSeconds reads an expires value; one that is malformed counts as absent
// (RFC 3261 §10.3, step 7).
func parseSeconds(text string, fallback time.Duration) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return fallback
	}
	return time.Duration(n) * time.Second
}

func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// unsupported returns what of required is not known.
func unsupported(required []string, known ...string) []string {
	var unknown []string
	for _, option := range required {
		if !has(known, option) {
			unknown = append(unknown, option)
		}
	}
	return unknown
}
