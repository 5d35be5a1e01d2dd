package phone

import (
	"errors"
	"io"
	"time"
)

// watchedReader is a source of the program's while it is played: it tells when
// and why that has ended, is read by one goroutine at a time, and is left alone
// after leave.
type watchedReader struct {
	source PCMReader
	// reading is held while it is read.
	reading chan struct{}
	// ended is closed at its end, after which err is why; nil for io.EOF.
	ended chan struct{}
	over  bool
	err   error
}

func newWatchedReader(source PCMReader) *watchedReader {
	return &watchedReader{source: source, reading: make(chan struct{}, 1), ended: make(chan struct{})}
}

// ReadPCM implements PCMReader.
func (w *watchedReader) ReadPCM(p []int16) (n int, err error) {
	w.reading <- struct{}{}
	defer func() { <-w.reading }()
	if w.over {
		return 0, io.EOF
	}
	err = guarded(func() (err error) {
		n, err = w.source.ReadPCM(p)
		return err
	})
	if err != nil {
		w.over = true
		if !errors.Is(err, io.EOF) {
			w.err = err
		}
		close(w.ended)
	}
	return n, err
}

// leave waits until nobody reads, as long as sourceLimit, and has nobody read any
// more.
func (w *watchedReader) leave() {
	select {
	case w.reading <- struct{}{}:
		w.over = true
		<-w.reading
	case <-time.After(sourceLimit):
	}
}
