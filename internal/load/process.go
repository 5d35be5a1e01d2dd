package load

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ticksPerSecond is USER_HZ, which Linux has fixed at 100 for what it tells.
const ticksPerSecond = 100

// maxProcesses bounds the processes that are counted with their parent.
const maxProcesses = 1024

// Usage is what a process and its descendants have used.
type Usage struct {
	// CPU is user and system time in seconds.
	CPU float64 `json:"cpuSeconds"`
	// Memory is resident memory in bytes. What several processes share counts
	// once (PSS).
	Memory int64 `json:"memory"`
}

// ErrProcess says that there is no such process, or no /proc to read it from.
var ErrProcess = errors.New("load: the process cannot be read")

// ReadUsage reads a process and its descendants from /proc.
func ReadUsage(pid int) (Usage, error) {
	pids := []int{pid}
	for i := 0; i < len(pids) && len(pids) < maxProcesses; i++ {
		pids = append(pids, children(pids[i])...)
	}
	var total Usage
	for i, p := range pids {
		cpu, err := cpuOf(p)
		if err != nil {
			if i == 0 {
				return Usage{}, fmt.Errorf("%w: %w", ErrProcess, err)
			}
			continue // It has ended meanwhile.
		}
		total.CPU += cpu
		total.Memory += memoryOf(p, len(pids) > 1)
	}
	return total, nil
}

func children(pid int) (pids []int) {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil
	}
	for _, thread := range threads {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, thread.Name()))
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// cpuOf reads utime and stime, fields 14 and 15 of proc_pid_stat(5). The name
// before them may hold spaces and parentheses.
func cpuOf(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("its stat is too short")
	}
	var ticks float64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseUint(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += float64(n)
	}
	return ticks / ticksPerSecond, nil
}

// memoryOf is a process's resident memory or, of several that share memory, its
// part of it.
func memoryOf(pid int, shared bool) int64 {
	file, field := "status", "VmRSS:"
	if shared {
		file, field = "smaps_rollup", "Pss:"
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, field); found {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
