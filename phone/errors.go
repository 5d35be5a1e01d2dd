package phone

import (
	"errors"
	"fmt"
)

// Code is why something failed. The list is closed, and each is an error that
// errors.Is finds in the errors of this package:
//
//	if errors.Is(err, phone.ErrBusy) { … }
type Code string

// The codes.
const (
	ErrNotConfigured  Code = "not-configured"
	ErrTransport      Code = "transport"
	ErrAuthentication Code = "authentication"
	ErrRegistration   Code = "registration"
	ErrBusy           Code = "busy"
	ErrRejected       Code = "rejected"
	ErrNotFound       Code = "not-found"
	ErrTimeout        Code = "timeout"
	ErrUnsupported    Code = "unsupported"
	ErrProtocol       Code = "protocol"
	ErrInternal       Code = "internal"
)

// Error implements error.
func (c Code) Error() string { return "phone: " + string(c) }

// Error is an error of the phone.
type Error struct {
	// Code is for programs.
	Code Code
	// Message is a sentence for a person that says what to do next.
	Message string
	// Status is the SIP status behind it (RFC 3261 §21), or 0.
	Status int
	// Err is what was behind it, or nil.
	Err error
}

// Error implements error.
func (e *Error) Error() string { return "phone: " + e.Message }

// Unwrap gives errors.Is the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// failure is a request that was not answered with 2xx.
type failure struct {
	status int
	reason string
	// local tells that the status is ours: no response came.
	local bool
}

func (f *failure) Error() string {
	if f.local {
		return fmt.Sprintf("no response came (%d)", f.status)
	}
	return fmt.Sprintf("%d %s", f.status, f.reason)
}

// lost tells that there was no connection, or none any more.
func (f *failure) lost() bool { return f.local && f.status == 503 }

const (
	sentenceLate        = "There was no answer. Try again later."
	sentenceCredentials = "The user name or password is wrong. Check both."
	sentenceLost        = "The server can't be reached. Check the network and the server's address."
)

// statuses are what SIP statuses mean for people (RFC 3261 §21); a single digit
// is the rest of its class.
var statuses = []struct {
	statuses []int
	code     Code
	sentence string
}{
	{[]int{486, 491, 600}, ErrBusy, "The line is busy. Try again later."},
	{[]int{603, 6}, ErrRejected, "The call was declined."},
	{[]int{404, 410, 484, 604}, ErrNotFound, "This number does not exist. Check it and dial again."},
	{[]int{401, 407}, ErrAuthentication, sentenceCredentials},
	{[]int{400, 481, 482, 483}, ErrProtocol, "The call broke off on its way. Dial again."},
	{[]int{408, 504}, ErrTimeout, sentenceLate},
	{[]int{415, 420, 488, 606}, ErrUnsupported, "The other side can't take this kind of call."},
	{[]int{403}, ErrRejected, "This call is not allowed."},
	{[]int{480}, ErrTimeout, "Not available right now. Try again later."},
	{[]int{487}, ErrRejected, "The call was cancelled."},
	{[]int{3}, ErrUnsupported, "The number has moved elsewhere."},
	{[]int{4}, ErrRejected, "The call was refused."},
	{[]int{5}, ErrTransport, "The service is out of order. Try again later."},
}

// statusError is the error of a call or request that ended with this status.
func statusError(status int, cause error) *Error {
	for _, wanted := range []int{status, status / 100} {
		for _, row := range statuses {
			for _, s := range row.statuses {
				if s == wanted && wanted != 0 {
					return &Error{row.code, row.sentence, status, cause}
				}
			}
		}
	}
	return &Error{ErrTransport, sentenceLost, status, cause}
}

// errorOf is the Error behind whatever went wrong below.
func errorOf(cause error) *Error {
	var known *Error
	var f *failure
	switch {
	case cause == nil:
		return nil
	case errors.As(cause, &known):
		return known
	case errors.As(cause, &f) && f.lost():
		return &Error{ErrTransport, sentenceLost, 0, cause}
	case errors.As(cause, &f):
		return statusError(f.status, cause)
	}
	return &Error{ErrInternal, "Something went wrong. Try again.", 0, cause}
}

// registrationError is the Error of a REGISTER that failed.
func registrationError(cause error) *Error {
	var f *failure
	if !errors.As(cause, &f) || f.lost() {
		return errorOf(cause)
	}
	switch f.status {
	case 401, 403, 407:
		return &Error{ErrAuthentication, sentenceCredentials, f.status, cause}
	case 408:
		return &Error{ErrTimeout, sentenceLate, f.status, cause}
	}
	return &Error{ErrRegistration, fmt.Sprintf("The server refused to register this phone (%d). Ask its operator.", f.status), f.status, cause}
}

func fault(code Code, sentence string) *Error { return &Error{Code: code, Message: sentence} }

func notUp() *Error      { return fault(ErrUnsupported, "This works only while a call is up.") }
func notRinging() *Error { return fault(ErrUnsupported, "No call is ringing.") }
