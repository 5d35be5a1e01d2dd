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

// Bounds of what is held to the schema at all. A file within its bound of bytes
// could have so many small faults that telling them apart takes gigabytes.
const (
	// maxItems bounds a list or object; the schema has none of more than 500.
	maxItems = 1000
	// maxValues bounds all values together; the largest page has some 40,000.
	maxValues = 100_000
)

// decode reads JSON (RFC 8259). What readers understand differently is refused:
// a member that is there twice, and bytes that are not UTF-8.
func decode(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := (&scanner{decoder: decoder}).value(0); err != nil {
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

// scanner looks at JSON as it passes by.
type scanner struct {
	decoder *json.Decoder
	values  int
}

// value reads one value.
func (s *scanner) value(depth int) error {
	token, err := s.decoder.Token()
	if err != nil {
		return err
	}
	if s.values++; s.values > maxValues {
		return fmt.Errorf("it has more than %d values", maxValues)
	}
	opened, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxNesting {
		return errors.New("it is nested too deeply")
	}
	members := map[string]bool{}
	for count := 1; s.decoder.More(); count++ {
		if count > maxItems {
			return fmt.Errorf("it has a list or object of more than %d", maxItems)
		}
		if opened == '{' {
			token, err := s.decoder.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			if members[name] {
				return fmt.Errorf("it has the member %s twice", short(name))
			}
			members[name] = true
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
	_, err = s.decoder.Token()
	return err
}
