package main

import (
	"context"
	"fmt"
	"io"

	"webphone/internal/server"
)

type adminCommand struct {
	Passwd          adminPasswd          `cmd:"" help:"Give the administrator of the page builder a new password. All sessions end."`
	ForgetVariables adminForgetVariables `cmd:"" help:"Delete all environment variables, for when their key, the file variables.key, is lost."`
}

type adminPasswd struct{ password }

// Run sets the password.
func (c *adminPasswd) Run(ctx context.Context, global *cli, in io.Reader, out io.Writer) error {
	text, made, err := c.get(in)
	if err != nil {
		return err
	}
	return withKnownAccounts(ctx, global, func(accounts *server.Accounts) error {
		if err := server.NewAdministrator(accounts.Store).SetPassword(ctx, text); err != nil {
			return err
		}
		if made {
			_, err = fmt.Fprintf(out, "Changed the administrator's password. It is, shown this once: %s\n", text)
		} else {
			_, err = fmt.Fprintln(out, "Changed the administrator's password.")
		}
		return err
	})
}

type adminForgetVariables struct{}

// Run deletes the variables.
func (adminForgetVariables) Run(ctx context.Context, global *cli, out io.Writer) error {
	return withKnownAccounts(ctx, global, func(accounts *server.Accounts) error {
		if err := accounts.Store.ForgetVariables(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, "Deleted all environment variables.")
		return err
	})
}
