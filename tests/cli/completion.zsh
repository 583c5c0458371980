# SPDX-License-Identifier: GPL-2.0-or-later
# completion.zsh FILE: what zsh makes of `pinhole enable f` and a tab, in a terminal of its own.
zmodload zsh/zpty
folder=$(mktemp -d)
cp $1 $folder/_pinhole
zpty shell zsh -f
zpty -w shell "PS1= TERM=dumb; stty -echo; fpath=($folder \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell "take() { print; print -r -- \"<\$BUFFER>\"; exit; }; zle -N take; bindkey '^G' take"
sleep 1
zpty -w -n shell $'pinhole enable f\t\a'
line=
while zpty -r shell text; do
	[[ $text == *\<pinhole*\>* ]] && line=$text && break
done
rm -r $folder
print -r -- ${${line##*enable }%% *}
