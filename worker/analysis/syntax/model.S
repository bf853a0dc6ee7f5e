/* The model of the tagger and the parser, as part of the program. */
    .section .rodata
    .balign 64
    .globl newsmill_syntax_model
newsmill_syntax_model:
    .incbin NEWSMILL_SYNTAX_MODEL
    .globl newsmill_syntax_model_end
newsmill_syntax_model_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
