package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// results are the common form of all measurements.
type results struct {
	Measured string   `json:"measured"`
	Machine  string   `json:"machine"`
	Settings []string `json:"settings"`
	Figures  []figure `json:"figures"`
}

type figure struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Unit   string   `json:"unit"`
	Better string   `json:"better"` // lower or higher
	Goal   *goal    `json:"goal,omitempty"`
	X      *axis    `json:"x,omitempty"`
	Series []series `json:"series"`
	Note   string   `json:"note,omitempty"`
}

type goal struct {
	Text    string  `json:"text"`
	Who     string  `json:"who"`
	Against string  `json:"against,omitempty"`
	AtMost  float64 `json:"atMost,omitempty"`
	AtLeast float64 `json:"atLeast,omitempty"`
}

type axis struct {
	Label  string `json:"label"`
	Values []any  `json:"values"`
}

// series has a list of samples or, with an axis, one for each of its values.
type series struct {
	Who     string `json:"who"`
	Samples any    `json:"samples"`
}

func (r *results) write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func newResults(settings ...string) *results {
	return &results{Measured: time.Now().UTC().Format(time.RFC3339), Machine: machine(), Settings: settings}
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
	return strings.Join([]string{itoa(cores), "cores,", model}, " ")
}
