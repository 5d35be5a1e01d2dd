package sip

import (
	"strconv"
	"strings"
)

// Bytes is the message as it goes over the wire. What it writes is what sipgo's
// String does, in one allocation.
func Bytes(msg Message) []byte {
	return appendMessage(make([]byte, 0, 1024+len(msg.Body())), msg)
}

func appendMessage(b []byte, msg Message) []byte {
	switch m := msg.(type) {
	case *Request:
		b = append(append(b, m.Method...), ' ')
		b = append(appendURI(b, &m.Recipient), ' ')
		b = append(append(b, m.SipVersion...), "\r\n"...)
		b = appendHeaders(b, m.Headers())
	case *Response:
		b = append(append(b, m.SipVersion...), ' ')
		b = append(strconv.AppendInt(b, int64(m.StatusCode), 10), ' ')
		b = append(append(b, m.Reason...), "\r\n"...)
		b = appendHeaders(b, m.Headers())
	default:
		return append(b, msg.String()...)
	}
	return append(append(b, "\r\n"...), msg.Body()...)
}

func appendHeaders(b []byte, headers []Header) []byte {
	if len(headers) == 0 {
		return append(b, "\r\n"...)
	}
	for _, h := range headers {
		b = append(append(b, h.Name()...), ": "...)
		b = append(appendValue(b, h), "\r\n"...)
	}
	return b
}

func appendValue(b []byte, h Header) []byte {
	switch h := h.(type) {
	case *ViaHeader:
		b = append(append(b, h.ProtocolName...), '/')
		b = append(append(b, h.ProtocolVersion...), '/')
		b = append(append(b, h.Transport...), ' ')
		return appendParams(appendPort(appendHost(b, h.Host), h.Port), h.Params)
	case *FromHeader:
		return appendAddress(b, h.DisplayName, &h.Address, h.Params)
	case *ToHeader:
		return appendAddress(b, h.DisplayName, &h.Address, h.Params)
	case *ContactHeader:
		if h.Address.Wildcard {
			return append(b, '*')
		}
		return appendAddress(b, h.DisplayName, &h.Address, h.Params)
	case *RouteHeader:
		return appendAddress(b, "", &h.Address, nil)
	case *RecordRouteHeader:
		return appendAddress(b, "", &h.Address, nil)
	case *CSeqHeader:
		return append(append(strconv.AppendUint(b, uint64(h.SeqNo), 10), ' '), h.MethodName...)
	case *MaxForwardsHeader:
		return strconv.AppendUint(b, uint64(*h), 10)
	case *ContentLengthHeader:
		return strconv.AppendUint(b, uint64(*h), 10)
	case *CallIDHeader:
		return append(b, *h...)
	}
	return append(b, h.Value()...)
}

func appendAddress(b []byte, name string, uri *URI, params HeaderParams) []byte {
	if name != "" {
		b = append(append(append(b, '"'), name...), `" `...)
	}
	b = append(appendURI(append(b, '<'), uri), '>')
	return appendParams(b, params)
}

func appendURI(b []byte, uri *URI) []byte {
	if uri.Scheme == "" {
		b = append(b, "sip"...)
	}
	b = append(append(b, uri.Scheme...), ':')
	if raw := uri.Raw(); raw != "" {
		return append(b, raw...)
	}
	if uri.HierarhicalSlashes {
		b = append(b, "//"...)
	}
	if uri.User != "" {
		b = append(b, uri.User...)
		if uri.Password != "" {
			b = append(append(b, ':'), uri.Password...)
		}
		b = append(b, '@')
	}
	b = appendPort(appendHost(b, uri.Host), uri.Port)
	for _, kv := range uri.UriParams {
		b = appendParam(append(b, ';'), kv)
	}
	for i, kv := range uri.Headers {
		b = appendParam(append(b, "?&"[min(i, 1)]), kv)
	}
	return b
}

// appendHost puts an IPv6 address that has no brackets into some.
func appendHost(b []byte, host string) []byte {
	if strings.IndexByte(host, ':') >= 0 && host[0] != '[' {
		return append(append(append(b, '['), host...), ']')
	}
	return append(b, host...)
}

func appendPort(b []byte, port int) []byte {
	if port > 0 {
		b = strconv.AppendInt(append(b, ':'), int64(port), 10)
	}
	return b
}

func appendParams(b []byte, params HeaderParams) []byte {
	for _, kv := range params {
		b = appendParam(append(b, ';'), kv)
	}
	return b
}

// appendParam puts quotes around a value with white space in it, as sipgo does.
func appendParam(b []byte, kv HeaderKV) []byte {
	b = append(b, kv.K...)
	switch {
	case kv.V == "":
		return b
	case strings.ContainsAny(kv.V, " \t"):
		return append(append(append(b, `="`...), kv.V...), '"')
	}
	return append(append(b, '='), kv.V...)
}

// URIString is the URI as it goes over the wire.
func URIString(uri *URI) string {
	return string(appendURI(make([]byte, 0, 128), uri))
}

// Fields are the header fields of a name, in order. Names are compared without
// case (RFC 3261 §7.3.1).
func Fields(msg Message, name string) (fields []Header) {
	for _, h := range headersOf(msg) {
		if own := h.Name(); own == name || len(own) == len(name) && strings.EqualFold(own, name) {
			fields = append(fields, h)
		}
	}
	return fields
}

// Field is the first header field of a name, or nil.
func Field(msg Message, name string) Header {
	for _, h := range headersOf(msg) {
		if own := h.Name(); own == name || len(own) == len(name) && strings.EqualFold(own, name) {
			return h
		}
	}
	return nil
}

func headersOf(msg Message) []Header {
	switch m := msg.(type) {
	case *Request:
		return m.Headers()
	case *Response:
		return m.Headers()
	}
	return nil
}
