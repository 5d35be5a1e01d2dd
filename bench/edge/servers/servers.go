// Package servers starts the servers that are measured, with the same accounts.
package servers

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"webphone/internal/load"
	"webphone/internal/server"
	"webphone/internal/sip"
	"webphone/internal/store"
)

// Realm is the domain and the realm of both servers.
const Realm = "localhost"

// KamailioWorkers are its TCP workers: one for each core.
const KamailioWorkers = 2

// Started is a server that takes phones.
type Started struct {
	// Who it is, and the URL of its SIP over WebSocket.
	Who, URL string
	process  *exec.Cmd
	folder   string
}

// PID is that of its first process.
func (s *Started) PID() int { return s.process.Process.Pid }

// Stop ends the server in order, or kills it.
func (s *Started) Stop() error {
	_ = s.process.Process.Signal(syscall.SIGTERM)
	over := make(chan struct{})
	go func() {
		_ = s.process.Wait() // Its exit status says nothing of what was measured.
		close(over)
	}()
	select {
	case <-over:
	case <-time.After(15 * time.Second):
		_ = s.process.Process.Kill()
		<-over
	}
	return os.RemoveAll(s.folder)
}

// start runs a server's process until its port takes connections.
func start(ctx context.Context, who, folder, url, port, command string, args ...string) (*Started, error) {
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	s := &Started{Who: who, URL: url, folder: folder, process: exec.CommandContext(ctx, command, args...)}
	s.process.Dir, s.process.Stdout, s.process.Stderr = folder, log, log
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	for range 1800 { // Kamailio reads 20,000 accounts for long.
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
			time.Sleep(200 * time.Millisecond) // Kamailio's workers come up after its port.
			return s, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	return nil, errors.Join(fmt.Errorf("%s did not start: %s", who, tail(string(text), 600)), s.Stop())
}

func tail(text string, most int) string { return text[max(0, len(text)-most):] }

// Webphone starts our server with the accounts in its store.
func Webphone(ctx context.Context, binary string, accounts []load.Account, secure bool) (*Started, error) {
	folder, err := os.MkdirTemp("", "bench-webphone-")
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, filepath.Join(folder, "data"), accounts); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	url, tls := "ws://127.0.0.1:"+port+"/sip", "off"
	if secure {
		url, tls = "wss://127.0.0.1:"+port+"/sip", "self-signed"
	}
	return start(ctx, "webphone", folder, url, port, binary, "serve", "--listen", "127.0.0.1:"+port, "--tls", tls,
		"--data", filepath.Join(folder, "data"), "--domain", Realm,
		"--max-connections", "30000", "--max-connections-per-address", "30000")
}

// fill makes the accounts as `webphone user add` does.
func fill(ctx context.Context, folder string, accounts []load.Account) error {
	kept, err := server.OpenAccounts(ctx, folder, Realm)
	if err != nil {
		return err
	}
	records := make([]store.Account, len(accounts))
	for i, a := range accounts {
		hashes := map[string]string{}
		for _, algorithm := range []sip.DigestAlgorithm{sip.SHA512256, sip.SHA256, sip.MD5} {
			hashes[string(algorithm)] = sip.HA1(algorithm, a.Username, Realm, a.Password)
		}
		records[i] = store.Account{Username: a.Username, Realm: Realm, Hashes: hashes}
	}
	return errors.Join(kept.Store.AddAccounts(ctx, records...), kept.Store.Close())
}

//go:embed kamailio.cfg
var kamailioConfig string

// Kamailio starts Kamailio with the same accounts in a table of its memory.
func Kamailio(ctx context.Context, accounts []load.Account, secure bool) (*Started, error) {
	folder, err := os.MkdirTemp("", "bench-kamailio-")
	if err != nil {
		return nil, err
	}
	ws, err := freePort()
	if err != nil {
		return nil, err
	}
	wss, err := freePort()
	if err != nil {
		return nil, err
	}
	url, port, head := "ws://127.0.0.1:"+ws, ws, ""
	if secure {
		url, port, head = "wss://127.0.0.1:"+wss, wss, "#!define WITH_TLS\n"
		if err := certificate(ctx, folder); err != nil {
			return nil, err
		}
	}
	first, rest, _ := strings.Cut(kamailioConfig, "\n")
	text := first + "\n" + head + strings.NewReplacer("WSS_PORT", wss, "WS_PORT", ws, "FOLDER", folder,
		"TCP_CHILDREN", fmt.Sprint(KamailioWorkers)).Replace(rest)
	if err := os.WriteFile(filepath.Join(folder, "kamailio.cfg"), []byte(text), 0o600); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(folder, "accounts.cfg"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(file, "event_route[htable:mod-init] {\n")
	for _, a := range accounts {
		if err == nil {
			_, err = fmt.Fprintf(file, "\t$sht(accounts=>%s) = \"%s\";\n", a.Username, sip.HA1(sip.SHA256, a.Username, Realm, a.Password))
		}
	}
	if err == nil {
		_, err = io.WriteString(file, "}\n")
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return start(ctx, "kamailio", folder, url, port, "kamailio", "-DD", "-E", "-f", filepath.Join(folder, "kamailio.cfg"),
		"-Y", folder, "-m", "4096", "-M", "512")
}

func certificate(ctx context.Context, folder string) error {
	args := strings.Fields("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -keyout tls.key -out tls.crt")
	command := exec.CommandContext(ctx, "openssl", args...)
	command.Dir = folder
	return command.Run()
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
