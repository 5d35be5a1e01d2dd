package phone

import "github.com/pion/rtp"

type audio struct{ call *Call }

func (a *audio) received(*rtp.Packet) {}
func (a *audio) start()               {}
func (a *audio) stop()                {}
