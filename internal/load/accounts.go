package load

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

const (
	maxPassword = 256
	// maxAccountsFile bounds a file of accounts, in bytes.
	maxAccountsFile = 32 << 20
	maxLine         = 512
)

// ReadAccounts reads lines of "user,password": 100,000 and 32 MiB at most. Empty
// lines and those that begin with # are left out. No error repeats a line.
func ReadAccounts(r io.Reader) ([]Account, error) {
	lines := bufio.NewScanner(io.LimitReader(r, maxAccountsFile))
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	var accounts []Account
	number := 0
	for lines.Scan() {
		number++
		line := strings.TrimRight(lines.Text(), "\r")
		if line == "" || line[0] == '#' {
			continue
		}
		user, password, found := strings.Cut(line, ",")
		if !found || user == "" || password == "" {
			return nil, fmt.Errorf("%w: line %d of the accounts is not user,password", ErrConfig, number)
		}
		if len(accounts) == MaxPhones {
			return nil, fmt.Errorf("%w: there are more than %d accounts", ErrConfig, MaxPhones)
		}
		accounts = append(accounts, Account{user, password})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: line %d of the accounts cannot be read: %w", ErrConfig, number+1, err)
	}
	return accounts, nil
}

var pattern = regexp.MustCompile(`^([^%]*)%(?:0([1-9]))?d([^%]*)$`)

// MakeAccounts makes n accounts of one password whose names follow a pattern
// with a number in it, counted from 1: load%05d is load00001, load00002, …
func MakeAccounts(user, password string, n int) ([]Account, error) {
	parts := pattern.FindStringSubmatch(user)
	if parts == nil {
		return nil, fmt.Errorf("%w: the pattern of user names has one number, as in load%%05d", ErrConfig)
	}
	if n < 1 || n > MaxPhones {
		return nil, fmt.Errorf("%w: there are 1 to 100,000 phones", ErrConfig)
	}
	width, _ := strconv.Atoi(parts[2])
	accounts := make([]Account, n)
	for i := range accounts {
		accounts[i] = Account{fmt.Sprintf("%s%0*d%s", parts[1], width, i+1, parts[3]), password}
	}
	return accounts, nil
}
