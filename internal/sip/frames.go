package sip

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// readBuffer takes the usual message in one read. What is longer goes past it.
	readBuffer = 1024
	// writeBuffer is the least that bufio takes; frameWriter joins what comes
	// through it.
	writeBuffer = 16
)

// leanWriter gives the WebSocket small buffers in place of those of net/http,
// 4 kB for each direction, which an idle phone would hold for good.
type leanWriter struct {
	http.ResponseWriter
	socket net.Conn
}

// Unwrap lets http.ResponseController through.
func (w *leanWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack implements http.Hijacker.
func (w *leanWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	socket, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	w.socket = socket
	// What the peer sent behind its handshake was read already.
	early, err := buffered.Reader.Peek(buffered.Reader.Buffered())
	if err != nil {
		return nil, nil, errors.Join(err, socket.Close())
	}
	size := max(readBuffer, len(early))
	reader := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(early)), socket), size)
	if _, err := reader.Peek(len(early)); err != nil {
		return nil, nil, errors.Join(err, socket.Close())
	}
	return socket, bufio.NewReadWriter(reader, bufio.NewWriterSize(&frameWriter{socket: socket}, writeBuffer)), nil
}

// frameWriter writes whole frames (RFC 6455 §5.2) to a socket, each at once and
// within writeTimeout, from the pieces that a small buffer makes of them.
type frameWriter struct {
	socket net.Conn
	part   *bytes.Buffer // of a frame; nil between frames
	want   int           // bytes of the whole frame
}

var frames = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooledFrame keeps a pool from holding the largest messages for good.
const maxPooledFrame = 16 << 10

// Write implements io.Writer. A piece begins with a frame's header or goes on
// with a frame.
func (w *frameWriter) Write(p []byte) (int, error) {
	if w.part == nil {
		size, ok := frameSize(p)
		if !ok || size <= len(p) {
			return w.send(p)
		}
		w.part, w.want = frames.Get().(*bytes.Buffer), size
		w.part.Reset()
	}
	w.part.Write(p)
	if w.part.Len() < w.want {
		return len(p), nil
	}
	_, err := w.send(w.part.Bytes())
	if w.part.Cap() <= maxPooledFrame {
		frames.Put(w.part)
	}
	w.part = nil
	return len(p), err
}

func (w *frameWriter) send(p []byte) (int, error) {
	if err := w.socket.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return w.socket.Write(p)
}

// frameSize reads the size of an unmasked frame, header included. It is false
// where the header is not all there, or the frame is masked.
func frameSize(p []byte) (size int, ok bool) {
	if len(p) < 2 || p[1]&0x80 != 0 {
		return 0, false
	}
	switch length := int(p[1]); {
	case length < 126:
		return 2 + length, true
	case length == 126 && len(p) >= 4:
		return 4 + int(binary.BigEndian.Uint16(p[2:])), true
	case length == 127 && len(p) >= 10:
		long := binary.BigEndian.Uint64(p[2:])
		return 10 + int(min(long, 1<<31)), true
	}
	return 0, false
}

// timedSocket is a client's socket, whose writes take writeTimeout at most.
type timedSocket struct{ net.Conn }

// Write implements io.Writer.
func (s timedSocket) Write(p []byte) (int, error) {
	if err := s.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return s.Conn.Write(p)
}
