package media

import (
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// Pion reports through its own logger type; what matters to an operator
// (warnings and errors) goes to slog at debug level, since a stranger's packet
// can cause it.
// NewLoggerFactory makes Pion report to log.
func NewLoggerFactory(log *slog.Logger) logging.LoggerFactory { return loggerFactory{log} }

type loggerFactory struct{ log *slog.Logger }

func (f loggerFactory) NewLogger(scope string) logging.LeveledLogger {
	return logger{f.log.With("pion", scope)}
}

type logger struct{ log *slog.Logger }

func (logger) Trace(string)          {}
func (logger) Tracef(string, ...any) {}
func (logger) Debug(string)          {}
func (logger) Debugf(string, ...any) {}
func (logger) Info(string)           {}
func (logger) Infof(string, ...any)  {}
func (l logger) Warn(msg string)     { l.log.Debug(msg) }
func (l logger) Error(msg string)    { l.log.Debug(msg) }
func (l logger) Warnf(format string, args ...any) {
	l.log.Debug(fmt.Sprintf(format, args...))
}
func (l logger) Errorf(format string, args ...any) {
	l.log.Debug(fmt.Sprintf(format, args...))
}
