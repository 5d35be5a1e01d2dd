package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"webphone/internal/server"
	"webphone/internal/store"
)

type userCommand struct {
	Add    userAdd    `cmd:"" help:"Add an account."`
	List   userList   `cmd:"" help:"List the accounts."`
	Passwd userPasswd `cmd:"" help:"Give an account a new password."`
	Remove userRemove `cmd:"" help:"Remove an account."`
}

// password is how a command gets a password: from standard input, or made.
type password struct {
	PasswordStdin bool `help:"Read the password from the first line of standard input. Without it one is made and printed once."`
}

func (p password) get(in io.Reader) (text string, made bool, err error) {
	if !p.PasswordStdin {
		return server.NewPassword(), true, nil
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	return strings.TrimRight(line, "\r\n"), false, nil
}

type userAdd struct {
	password
	Username string `arg:"" help:"1 to 64 letters, digits or - _ . +"`
}

// Run adds the account.
func (c *userAdd) Run(ctx context.Context, global *cli, in io.Reader, out io.Writer) error {
	return c.store(ctx, global, in, out, c.Username, "Added", (*server.Accounts).Add)
}

type userPasswd struct {
	password
	Username string `arg:"" help:"The account."`
}

// Run sets the password.
func (c *userPasswd) Run(ctx context.Context, global *cli, in io.Reader, out io.Writer) error {
	return c.store(ctx, global, in, out, c.Username, "Changed", (*server.Accounts).SetPassword)
}

func (p password) store(ctx context.Context, global *cli, in io.Reader, out io.Writer, username, did string,
	set func(*server.Accounts, context.Context, string, string) error) error {
	text, made, err := p.get(in)
	if err != nil {
		return err
	}
	return withAccounts(ctx, global, func(accounts *server.Accounts) error {
		if err := set(accounts, ctx, username, text); err != nil {
			return err
		}
		if made {
			_, err = fmt.Fprintf(out, "%s %s. The password, shown this once: %s\n", did, username, text)
		} else {
			_, err = fmt.Fprintf(out, "%s %s.\n", did, username)
		}
		return err
	})
}

type userList struct{}

// Run lists the accounts.
func (userList) Run(ctx context.Context, global *cli, out io.Writer) error {
	return withKnownAccounts(ctx, global, func(accounts *server.Accounts) error {
		all, err := accounts.Store.Accounts(ctx)
		for _, account := range all {
			if _, err := fmt.Fprintln(out, account.Username); err != nil {
				return err
			}
		}
		return err
	})
}

type userRemove struct {
	Username string `arg:"" help:"The account."`
}

// Run removes the account.
func (c *userRemove) Run(ctx context.Context, global *cli, out io.Writer) error {
	return withKnownAccounts(ctx, global, func(accounts *server.Accounts) error {
		if err := accounts.Store.RemoveAccount(ctx, c.Username); err != nil {
			return err
		}
		_, err := fmt.Fprintf(out, "Removed %s.\n", c.Username)
		return err
	})
}

// withKnownAccounts is withAccounts for what makes no sense on an empty data
// folder, so that a mistyped --data is told and makes nothing.
func withKnownAccounts(ctx context.Context, global *cli, do func(*server.Accounts) error) error {
	if !store.Exists(global.Data) {
		return fmt.Errorf("there are no accounts in %s; name the folder with --data", global.Data)
	}
	return withAccounts(ctx, global, do)
}

func withAccounts(ctx context.Context, global *cli, do func(*server.Accounts) error) error {
	domain := "localhost"
	if domains := global.domains(); len(domains) > 0 {
		domain = domains[0]
	}
	accounts, err := server.OpenAccounts(ctx, global.Data, domain)
	if err != nil {
		return err
	}
	return errors.Join(do(accounts), accounts.Store.Close())
}
