/**
 * The figure that pose ControlNets were trained on: OpenPose's eighteen points of a body and the bones between them, on black. Points are
 * shares of the width and height, so that a figure keeps its place whatever size the picture has.
 */
export const JOINTS = [
  'nose',
  'neck',
  'rightShoulder',
  'rightElbow',
  'rightWrist',
  'leftShoulder',
  'leftElbow',
  'leftWrist',
  'rightHip',
  'rightKnee',
  'rightAnkle',
  'leftHip',
  'leftKnee',
  'leftAnkle',
  'rightEye',
  'leftEye',
  'rightEar',
  'leftEar',
] as const;
export type Joint = (typeof JOINTS)[number];

export interface Point {
  x: number;
  y: number;
}
/** A point that is null is not to be seen in the picture. */
export type Pose = Readonly<Record<Joint, Point | null>>;

/** In the order of their colours. */
export const BONES: readonly (readonly [Joint, Joint])[] = [
  ['neck', 'rightShoulder'],
  ['neck', 'leftShoulder'],
  ['rightShoulder', 'rightElbow'],
  ['rightElbow', 'rightWrist'],
  ['leftShoulder', 'leftElbow'],
  ['leftElbow', 'leftWrist'],
  ['neck', 'rightHip'],
  ['rightHip', 'rightKnee'],
  ['rightKnee', 'rightAnkle'],
  ['neck', 'leftHip'],
  ['leftHip', 'leftKnee'],
  ['leftKnee', 'leftAnkle'],
  ['neck', 'nose'],
  ['nose', 'rightEye'],
  ['rightEye', 'rightEar'],
  ['nose', 'leftEye'],
  ['leftEye', 'leftEar'],
];

/** Twenty degrees of hue from one to the next: the network tells left from right by them. */
export const colorOf = (index: number, lightness = 50): string => `hsl(${index * 20} 100% ${lightness}%)`;

const STANDING: Record<Joint, readonly [number, number]> = {
  nose: [0.5, 0.16],
  neck: [0.5, 0.27],
  rightShoulder: [0.41, 0.28],
  rightElbow: [0.36, 0.42],
  rightWrist: [0.34, 0.55],
  leftShoulder: [0.59, 0.28],
  leftElbow: [0.64, 0.42],
  leftWrist: [0.66, 0.55],
  rightHip: [0.45, 0.54],
  rightKnee: [0.44, 0.73],
  rightAnkle: [0.43, 0.92],
  leftHip: [0.55, 0.54],
  leftKnee: [0.56, 0.73],
  leftAnkle: [0.57, 0.92],
  rightEye: [0.48, 0.14],
  leftEye: [0.52, 0.14],
  rightEar: [0.45, 0.15],
  leftEar: [0.55, 0.15],
};

const inside = (share: number): number => Math.min(1, Math.max(0, Math.round(share * 1000) / 1000));

/** Somebody who stands upright and looks at the camera, `aside` from the middle. */
export const standing = (aside = 0): Pose => made((joint) => ({ x: inside(STANDING[joint][0] + aside), y: STANDING[joint][1] }));

export const moved = (pose: Pose, joint: Joint, { x, y }: Point): Pose => ({ ...pose, [joint]: { x: inside(x), y: inside(y) } });

/** Taken out of the picture, or put back where it was at first. */
export const toggled = (pose: Pose, joint: Joint): Pose => ({ ...pose, [joint]: pose[joint] === null ? standing()[joint] : null });

/** As in a mirror: the left hand of a figure stays its left one. */
export const mirrored = (pose: Pose): Pose =>
  made((joint) => {
    const point = pose[swapped(joint)];
    return point && { x: inside(1 - point.x), y: point.y };
  });

const made = (pointOf: (joint: Joint) => Point | null): Pose => Object.fromEntries(JOINTS.map((joint) => [joint, pointOf(joint)])) as Pose;

const swapped = (joint: Joint): Joint =>
  (joint.startsWith('right') ? joint.replace('right', 'left') : joint.replace('left', 'right')) as Joint;

/** The map of these figures: bones at three fifths of their colours' strength, and the points over them. */
export function drawPoses(paper: CanvasRenderingContext2D, poses: readonly Pose[], width: number, height: number): void {
  const thickness = Math.max(1.5, Math.min(width, height) / 64);
  paper.fillStyle = '#000';
  paper.fillRect(0, 0, width, height);
  paper.lineCap = 'round';
  for (const pose of poses) {
    BONES.forEach(([from, to], index) => {
      const [start, end] = [pose[from], pose[to]];
      if (!start || !end) return;
      paper.strokeStyle = colorOf(index, 30);
      paper.lineWidth = thickness;
      paper.beginPath();
      paper.moveTo(start.x * width, start.y * height);
      paper.lineTo(end.x * width, end.y * height);
      paper.stroke();
    });
    JOINTS.forEach((joint, index) => {
      const point = pose[joint];
      if (!point) return;
      paper.fillStyle = colorOf(index);
      paper.beginPath();
      paper.arc(point.x * width, point.y * height, thickness / 2, 0, 2 * Math.PI);
      paper.fill();
    });
  }
}

export async function poseFile(poses: readonly Pose[], width: number, height: number): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const paper = canvas.getContext('2d');
  if (!paper) throw new Error('this browser draws no canvas');
  drawPoses(paper, poses, width, height);
  return new Promise((resolve, reject) => canvas.toBlob((file) => (file ? resolve(file) : reject(new Error('no file'))), 'image/png'));
}
