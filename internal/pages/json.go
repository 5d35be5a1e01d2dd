package pages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxNesting bounds how deep objects and lists stand in one another: the schema
// needs 24, and what is deeper takes time and tells nothing.
const maxNesting = 48

// decode reads JSON (RFC 8259). What readers understand differently is refused:
// a member that is there twice, and bytes that are not UTF-8.
func decode(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := scan(decoder, 0); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("%w, in line %d", err, 1+bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n")))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("it ends too early")
		}
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// scan reads one value.
func scan(decoder *json.Decoder, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	opened, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxNesting {
		return errors.New("it is nested too deeply")
	}
	members := map[string]bool{}
	for decoder.More() {
		if opened == '{' {
			token, err := decoder.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			if members[name] {
				return fmt.Errorf("it has the member %s twice", short(name))
			}
			members[name] = true
		}
		if err := scan(decoder, depth+1); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}
