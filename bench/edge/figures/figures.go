// Package figures writes measurements in the form that bench/report reads.
package figures

import (
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Results are the common form of all measurements.
type Results struct {
	Measured string   `json:"measured"`
	Machine  string   `json:"machine"`
	Settings []string `json:"settings"`
	Figures  []Figure `json:"figures"`
}

// Figure is one thing that was measured.
type Figure struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Unit   string   `json:"unit"`
	Better string   `json:"better"` // lower or higher
	Goal   *Goal    `json:"goal,omitempty"`
	X      *Axis    `json:"x,omitempty"`
	Series []Series `json:"series"`
	Note   string   `json:"note,omitempty"`
	// Profile tells, for a goal that is missed, where the time goes.
	Profile string `json:"profile,omitempty"`
}

// Goal is a bound of the median or, with Against, of the ratio of two.
type Goal struct {
	Text    string  `json:"text"`
	Who     string  `json:"who"`
	Against string  `json:"against,omitempty"`
	AtMost  float64 `json:"atMost,omitempty"`
	AtLeast float64 `json:"atLeast,omitempty"`
}

// Axis are the values for which each series has samples.
type Axis struct {
	Label  string `json:"label"`
	Values []any  `json:"values"`
}

// Series has a list of samples or, with an axis, one for each of its values.
type Series struct {
	Who     string `json:"who"`
	Samples any    `json:"samples"`
}

// Write writes the results as JSON.
func (r *Results) Write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// New begins results of now and here.
func New(settings ...string) *Results {
	return &Results{Measured: time.Now().UTC().Format(time.RFC3339), Machine: machine(), Settings: settings}
}

// machine is what the figures depend on.
func machine() string {
	parts := []string{cpuModel(), runtime.GOOS + "/" + runtime.GOARCH}
	for _, command := range [][]string{{"uname", "-r"}, {"kamailio", "-v"}} {
		out, err := exec.Command(command[0], command[1:]...).Output()
		if err == nil {
			line, _, _ := strings.Cut(string(out), "\n")
			parts = append(parts, strings.TrimPrefix(strings.TrimSpace(line), "version: "))
		}
	}
	return strings.Join(append(parts, runtime.Version()), ", ")
}

func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	cores, model := 0, "unknown"
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "model name" {
			cores++
			model = strings.TrimSpace(value)
		}
	}
	if cores == 1 {
		return "1 core, " + model
	}
	return strings.Join([]string{strconv.Itoa(cores), "cores,", model}, " ")
}
