import type { Lexicon } from '../coverage.ts';
import { ownList } from './source.ts';

export const support: Lexicon = {
  name: 'support_coverage',
  about: 'Steps of technical support: from the description of a fault to the check that it is gone.',
  source: ownList,
  concepts: {
    fault: ['issue', 'problem', 'error', 'fault', 'bug', 'fail', 'failure', 'crash', 'defect', 'broken', 'outage'],
    details: ['version', 'log', 'screenshot', 'error message', 'device', 'browser', 'operating system', 'settings'],
    reproduction: ['reproduce', 'occur', 'happen', 'when you', 'steps to', 'intermittent', 'every time'],
    diagnosis: [
      'cause',
      'because',
      'due to',
      'diagnose',
      'investigate',
      'analyse',
      'analyze',
      'root cause',
      'identify',
    ],
    instruction: [
      'restart',
      'reset',
      'reinstall',
      'install',
      'update',
      'click',
      'open',
      'select',
      'follow these',
      'configure',
    ],
    workaround: ['workaround', 'in the meantime', 'temporarily', 'instead', 'alternatively', 'until then'],
    remedy: ['fix', 'resolve', 'solve', 'repair', 'replace', 'patch', 'solution', 'correct'],
    verification: ['check', 'confirm', 'verify', 'test', 'make sure', 'ensure', 'try again'],
    escalation: ['escalate', 'specialist', 'engineer', 'second level', 'forward', 'technician', 'development team'],
    record: ['ticket', 'case', 'reference', 'incident', 'ticket number'],
    documentation: ['documentation', 'manual', 'article', 'guide', 'knowledge base', 'instructions', 'faq'],
  },
};
